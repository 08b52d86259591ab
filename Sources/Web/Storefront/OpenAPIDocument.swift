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
      "components": {
        "securitySchemes": {
          "adminKey": {"type": "http", "scheme": "bearer", "description": "LAUREL_ADMIN_KEY"},
          "customerToken": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The access token that the store gave the customer"
          }
        },
        "parameters": {
          "code": {"name": "code", "in": "path", "required": true, "schema": {"type": "string"}},
          "campaign": {
            "name": "campaign",
            "in": "query",
            "description": "The campaign whose click it is, where it is not the one that runs",
            "schema": {"type": "string"}
          },
          "channel": {
            "name": "channel",
            "in": "query",
            "description": "The channel's slug; what is for certain channels counts only with it",
            "schema": {"type": "string"}
          },
          "currency": {
            "name": "currency",
            "in": "query",
            "description": "The currency of the order (ISO 4217); else the programme's",
            "schema": {"type": "string"}
          },
          "store": {
            "name": "store",
            "in": "query",
            "description": "The store's host or address, where several are connected",
            "schema": {"type": "string"}
          }
        },
        "responses": {
          "IssuedCode": {
            "description": "The customer's code: 201 when it is new",
            "content": {
              "application/json": {"schema": {"$ref": "#/components/schemas/IssuedCode"}}
            }
          },
          "Validity": {
            "description": "Valid or not",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Validity"}}}
          },
          "Problem": {
            "description": "What is wrong, and what to do",
            "content": {
              "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            }
          },
          "Later": {
            "description": "Too often, or not just now",
            "headers": {"Retry-After": {"schema": {"type": "integer", "minimum": 1}}},
            "content": {
              "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            }
          }
        },
        "schemas": {
          "CodeWish": {
            "type": "object",
            "required": ["user_id", "email"],
            "properties": {
              "user_id": {"type": "string", "examples": ["VXNlcjox"]},
              "email": {"type": "string"},
              "code": {"type": "string", "pattern": "^[A-Za-z0-9]{4,16}$"},
              "store": {"type": "string"}
            }
          },
          "IssuedCode": {
            "type": "object",
            "required": ["code", "user_id", "status", "created_at"],
            "properties": {
              "code": {"type": "string"},
              "user_id": {"type": "string"},
              "status": {"enum": ["active", "disabled"]},
              "created_at": {"type": "string", "format": "date-time"}
            }
          },
          "Validity": {
            "type": "object",
            "required": ["code", "friend", "valid"],
            "properties": {
              "code": {"type": "string", "description": "What was asked for, in upper case"},
              "friend": {
                "description": "What a friend gets by any code; null for nothing",
                "oneOf": [{"$ref": "#/components/schemas/Friend"}, {"type": "null"}]
              },
              "valid": {"type": "boolean"}
            }
          },
          "Friend": {
            "type": "object",
            "description": "Amounts are decimals in currency",
            "required": [
              "campaign", "type", "currency", "amount", "percent", "up_to", "voucher",
              "minimum_order", "first_order_only", "countries", "categories", "last_day"
            ],
            "properties": {
              "campaign": {"type": "string"},
              "type": {"enum": ["gift_card", "voucher"]},
              "currency": {"type": "string"},
              "amount": {
                "type": ["string", "null"], "description": "Where every order earns the same"
              },
              "percent": {"type": ["string", "null"], "description": "Of what the order brings in"},
              "up_to": {
                "type": ["string", "null"], "description": "The most, where orders earn different"
              },
              "voucher": {
                "type": ["object", "null"],
                "required": ["percent_off", "minimum_spend", "categories"],
                "properties": {
                  "percent_off": {"type": ["string", "null"]},
                  "minimum_spend": {"type": ["string", "null"]},
                  "categories": {"type": "array", "items": {"type": "string"}}
                }
              },
              "minimum_order": {"type": ["string", "null"]},
              "first_order_only": {"type": "boolean"},
              "countries": {
                "type": "array", "items": {"type": "string"}, "description": "Empty for all"
              },
              "categories": {
                "type": "array", "items": {"type": "string"}, "description": "Empty for any goods"
              },
              "last_day": {"type": ["string", "null"], "format": "date"}
            }
          },
          "Customer": {
            "type": "object",
            "required": ["code", "status", "link", "clicks", "referrals", "rewards"],
            "properties": {
              "code": {"type": "string"},
              "status": {"enum": ["active", "disabled"]},
              "link": {"type": ["string", "null"], "format": "uri"},
              "clicks": {"type": "integer", "minimum": 0},
              "referrals": {
                "type": "object",
                "required": ["tracked", "rewarded"],
                "properties": {
                  "tracked": {
                    "type": "integer", "minimum": 0, "description": "Still to be decided or rewarded"
                  },
                  "rewarded": {"type": "integer", "minimum": 0, "description": "Those that count"}
                }
              },
              "rewards": {
                "type": "object",
                "required": ["issued"],
                "properties": {"issued": {"type": "integer", "minimum": 0}}
              }
            }
          },
          "Problem": {
            "type": "object",
            "required": ["type", "title", "status", "code", "detail"],
            "properties": {
              "type": {"type": "string"},
              "title": {"type": "string"},
              "status": {"type": "integer"},
              "code": {"type": "string"},
              "detail": {"type": "string"}
            }
          }
        }
      }
    }

    """#
}
