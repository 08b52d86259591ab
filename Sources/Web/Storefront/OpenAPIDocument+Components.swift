extension OpenAPIDocument {
  /// What the paths of the document refer to: who asks, with what, and the shapes of the answers.
  static let components = #"""
    {
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
    """#
}
