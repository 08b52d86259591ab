#!/usr/bin/python3
"""Checks Laurel's GraphQL operations, and the small schema they are written against.

Every *.graphql file in --operations must be valid in the small schema (--schema) and in each real
schema (--holds-against). The small schema must be a true part of each real one: the same types,
fields, arguments, input fields and enum values, and no required argument or input field left out.
A real schema's version is its file name ("3.21.graphql"); what the small schema marks with
@since(version:) is left out of the comparison with older ones, and so is an operation whose first
line is "# Stores from 3.22 on.".

Prints one line per check. Exit status: 0 all hold, 1 problems (listed), 64 used wrongly.
Needs Debian's python3-graphql-core (2.3, the generation that Saleor itself runs on).
"""

import argparse
import re
import sys
from pathlib import Path

from graphql import GraphQLError, build_ast_schema, parse, validate
from graphql.language import ast
from graphql.language.printer import print_ast

DESCRIPTION = re.compile(r'""".*?"""|^\s*"(?:[^"\\\n]|\\.)*"\s*$', re.DOTALL | re.MULTILINE)
IMPLEMENTS = re.compile(r"^(type|interface) .*$", re.MULTILINE)


def load(path):
    """A schema's document. This parser knows neither descriptions nor "implements A & B"."""
    text = DESCRIPTION.sub("", path.read_text(encoding="utf-8"))
    return parse(IMPLEMENTS.sub(lambda line: line[0].replace(" & ", ", "), text))


def version_of(text):
    """A version as numbers, so that 3.9 comes before 3.21; a name without numbers counts as newest."""
    parts = text.split(".")
    return tuple(int(part) for part in parts) if all(p.isdigit() for p in parts) else (10**6,)


def since(node):
    """The version in a definition's @since directive; the oldest when it has none."""
    for directive in node.directives:
        if directive.name.value == "since":
            return version_of(directive.arguments[0].value.value)
    return (0,)


def by_name(nodes):
    return {node.name.value: node for node in nodes or ()}


def types_of(document):
    """The named types that a document defines, without directives and the schema node."""
    others = (ast.SchemaDefinition, ast.DirectiveDefinition)
    return by_name(node for node in document.definitions if not isinstance(node, others))


def is_required(node):
    return isinstance(node.type, ast.NonNullType) and node.default_value is None


class Comparison:
    """What the small schema has that a real one of a known version has not."""

    def __init__(self, small, real, version):
        self.version, self.problems, self.left_out = version, [], []
        real_types = types_of(real)
        for name, definition in types_of(small).items():
            if since(definition) > version:
                self.left_out.append(name)
                continue
            self.compare_type(name, definition, real_types.get(name))

    def compare_type(self, name, small, real):
        if real is None:
            self.problems.append(f"{name} does not exist")
        elif type(small) is not type(real):
            self.problems.append(f"{name} is a {type(real).__name__}, not a {type(small).__name__}")
        elif isinstance(small, (ast.ObjectTypeDefinition, ast.InterfaceTypeDefinition)):
            fields, real_fields = by_name(small.fields), by_name(real.fields)
            self.compare_members(name, fields, real_fields)
            for key in fields.keys() & real_fields.keys():
                arguments = by_name(fields[key].arguments)
                self.compare_inputs(f"{name}.{key}", arguments, by_name(real_fields[key].arguments))
        elif isinstance(small, ast.InputObjectTypeDefinition):
            self.compare_inputs(name, by_name(small.fields), by_name(real.fields))
        elif isinstance(small, ast.EnumTypeDefinition):
            for value in by_name(small.values).keys() - by_name(real.values).keys():
                self.problems.append(f"{name}.{value} does not exist")
        elif not isinstance(small, ast.ScalarTypeDefinition):
            self.problems.append(f"{name}: a {type(small).__name__} is not compared")

    def compare_members(self, owner, small, real):
        for key, member in small.items():
            if since(member) > self.version:
                self.left_out.append(f"{owner}.{key}")
            elif key not in real:
                self.problems.append(f"{owner}.{key} does not exist")
            elif print_ast(member.type) != print_ast(real[key].type):
                self.problems.append(
                    f"{owner}.{key} is {print_ast(real[key].type)}, not {print_ast(member.type)}"
                )

    def compare_inputs(self, owner, small, real):
        self.compare_members(owner, small, real)
        for key, member in real.items():
            if is_required(member) and key not in small:
                self.problems.append(f"{owner}.{key} is required and left out")


def first_version(path):
    """The store version from which on an operation is sent."""
    first_line = path.read_text(encoding="utf-8").split("\n", 1)[0]
    mark = re.fullmatch(r"# Stores from ([0-9.]+) on\.", first_line)
    return version_of(mark[1]) if mark else (0,)


def operation_problems(path, schema):
    try:
        return [error.message for error in validate(schema, parse(path.read_text(encoding="utf-8")))]
    except GraphQLError as error:
        return [str(error)]


def report(label, problems):
    """Prints the outcome of one check and says whether it held."""
    print(f"{'FAILED' if problems else 'ok'}  {label}")
    for problem in problems:
        print(f"    {problem}")
    return not problems


class Arguments(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(64, f"{message}\n")


def main():
    parser = Arguments(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--operations", type=Path, required=True, metavar="DIR")
    parser.add_argument("--schema", type=Path, required=True, metavar="FILE")
    parser.add_argument(
        "--holds-against", type=Path, action="append", default=[], metavar="REAL_SCHEMA"
    )
    options = parser.parse_args()
    operations = sorted(options.operations.glob("*.graphql"))
    if not operations:
        parser.error(f"no .graphql file in {options.operations}")
    for path in [options.schema, *options.holds_against]:
        if not path.is_file():
            parser.error(f"no file {path}")

    def check_operations(name, document):
        schema = build_ast_schema(document)
        return [
            report(f"{path.stem} in {name}", operation_problems(path, schema))
            for path in operations
            if first_version(path) <= version_of(Path(name).stem)
        ]

    small = load(options.schema)
    held = check_operations(options.schema.name, small)
    for path in options.holds_against:
        real = load(path)
        comparison = Comparison(small, real, version_of(path.stem))
        left_out = f" (without {', '.join(comparison.left_out)})" if comparison.left_out else ""
        held.append(
            report(f"{options.schema.name} holds in {path.name}{left_out}", comparison.problems)
        )
        held.extend(check_operations(path.name, real))
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
