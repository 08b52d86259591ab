import HTTPTypes
import Hummingbird

/// The description of what shops and their storefronts call, for programs (OpenAPI 3.1).
enum OpenAPIDocument {
  /// The document as an answer.
  static var response: Response {
    Response(
      status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-cache"],
      body: .init(byteBuffer: .init(string: text)))
  }

  /// The document.
  static let text = #"""
    {
      "openapi": "3.1.0",
      "info": {
        "title": "Laurel",
        "version": "1",
        "description": "A store's referral programme: what its shop and storefronts call."
      },
      "paths": {
        "/codes/issue": {
          "post": {
            "summary": "Give a customer his code, or tell the one that he has",
            "security": [{"adminKey": []}],
            "requestBody": {
              "required": true,
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CodeWish"}}}
            },
            "responses": {
              "200": {"$ref": "#/components/responses/IssuedCode"},
              "201": {"$ref": "#/components/responses/IssuedCode"},
              "400": {"$ref": "#/components/responses/Problem"},
              "401": {"$ref": "#/components/responses/Problem"},
              "409": {"$ref": "#/components/responses/Problem"},
              "422": {"$ref": "#/components/responses/Problem"},
              "503": {"$ref": "#/components/responses/Later"}
            }
          }
        },
        "/api/v1/codes/{code}": {
          "get": {
            "summary": "Whether a code is in force, and what a friend gets",
            "parameters": [
              {"$ref": "#/components/parameters/code"},
              {"$ref": "#/components/parameters/channel"},
              {"$ref": "#/components/parameters/currency"},
              {"$ref": "#/components/parameters/store"}
            ],
            "responses": {
              "200": {"$ref": "#/components/responses/Validity"},
              "422": {"$ref": "#/components/responses/Problem"},
              "429": {"$ref": "#/components/responses/Later"},
              "503": {"$ref": "#/components/responses/Later"}
            }
          }
        },
        "/api/v1/codes/validate": {
          "post": {
            "summary": "Whether a code is in force, and what a friend gets",
            "parameters": [{"$ref": "#/components/parameters/store"}],
            "requestBody": {
              "required": true,
              "content": {
                "application/json": {
                  "schema": {
                    "type": "object",
                    "required": ["code"],
                    "properties": {
                      "code": {"type": "string"},
                      "channel": {"$ref": "#/components/parameters/channel/schema"},
                      "currency": {"$ref": "#/components/parameters/currency/schema"}
                    }
                  }
                }
              }
            },
            "responses": {
              "200": {"$ref": "#/components/responses/Validity"},
              "400": {"$ref": "#/components/responses/Problem"},
              "413": {"$ref": "#/components/responses/Problem"},
              "422": {"$ref": "#/components/responses/Problem"},
              "429": {"$ref": "#/components/responses/Later"},
              "503": {"$ref": "#/components/responses/Later"}
            }
          }
        },
        "/api/v1/me": {
          "get": {
            "summary": "A customer's own code, which is made if there is none, its link and figures",
            "security": [{"customerToken": []}],
            "parameters": [{"$ref": "#/components/parameters/store"}],
            "responses": {
              "200": {
                "description": "The code and what came of it",
                "content": {
                  "application/json": {"schema": {"$ref": "#/components/schemas/Customer"}}
                }
              },
              "401": {"$ref": "#/components/responses/Problem"},
              "422": {"$ref": "#/components/responses/Problem"},
              "429": {"$ref": "#/components/responses/Later"},
              "503": {"$ref": "#/components/responses/Later"}
            }
          }
        },
        "/api/v1/openapi.json": {
          "get": {
            "summary": "This document",
            "responses": {
              "200": {
                "description": "This document",
                "content": {"application/json": {"schema": {"type": "object"}}}
              }
            }
          }
        },
        "/r/{code}": {
          "get": {
            "summary": "Follow an invitation: counts the click and leads to the shop",
            "parameters": [
              {"$ref": "#/components/parameters/code"},
              {"$ref": "#/components/parameters/campaign"},
              {"$ref": "#/components/parameters/channel"},
              {"$ref": "#/components/parameters/store"}
            ],
            "responses": {
              "302": {
                "description": "To the shop, with the code as ref where it is in force",
                "headers": {"Location": {"schema": {"type": "string", "format": "uri"}}}
              },
              "404": {"$ref": "#/components/responses/Problem"}
            }
          }
        },
        "/widget.js": {
          "get": {
            "summary": "The script that keeps a code and puts it into the checkout",
            "responses": {
              "200": {
                "description": "The script",
                "content": {"text/javascript": {"schema": {"type": "string"}}}
              },
              "304": {"description": "The browser has it already"}
            }
          }
        }
      },
      "components": \#(components)
    }

    """#
}
