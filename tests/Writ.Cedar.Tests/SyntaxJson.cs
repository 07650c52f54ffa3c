using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Writ.Cedar.Tests;

/// <summary>
/// Writes what the parser read in the JSON policy format of the official tools, so that the two readings of one text
/// can be compared node by node.
/// </summary>
static class SyntaxJson
{
    static readonly string[] Operators =
    [
        "==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*",
        "contains", "containsAll", "containsAny", "hasTag", "getTag",
    ];

    public static JsonObject Of(PolicySyntax policy)
    {
        var json = new JsonObject
        {
            ["effect"] = policy.Effect == Effect.Permit ? "permit" : "forbid",
            ["principal"] = Of(policy.Principal, "?principal"),
            ["action"] = Of(policy.Action),
            ["resource"] = Of(policy.Resource, "?resource"),
            ["conditions"] = new JsonArray([.. policy.Conditions.Select(condition => new JsonObject
            {
                ["kind"] = condition.IsUnless ? "unless" : "when",
                ["body"] = Of(condition.Body),
            })]),
        };
        if (!policy.Annotations.IsEmpty)
            json["annotations"] = new JsonObject(policy.Annotations.Select(
                pair => KeyValuePair.Create(pair.Name, (JsonNode?)JsonValue.Create(pair.Value))));
        return json;
    }

    static JsonObject Of(EntityScope scope, string slot)
    {
        JsonObject Target(JsonObject json)
        {
            json[scope.IsSlot ? "slot" : "entity"] = scope.IsSlot ? slot : Of(scope.Uid!);
            return json;
        }

        return scope.Operator switch
        {
            ScopeOperator.Equal => Target(new JsonObject { ["op"] = "==" }),
            ScopeOperator.In => Target(new JsonObject { ["op"] = "in" }),
            ScopeOperator.Is => new JsonObject { ["op"] = "is", ["entity_type"] = scope.EntityType },
            ScopeOperator.IsIn => new JsonObject
            {
                ["op"] = "is",
                ["entity_type"] = scope.EntityType,
                ["in"] = Target([]),
            },
            _ => new JsonObject { ["op"] = "All" },
        };
    }

    static JsonObject Of(ActionScope scope) => scope switch
    {
        { Operator: ScopeOperator.Any } => new JsonObject { ["op"] = "All" },
        { Operator: ScopeOperator.Equal } => new JsonObject { ["op"] = "==", ["entity"] = Of(scope.Uids[0]) },
        { Uids.Length: 1 } => new JsonObject { ["op"] = "in", ["entity"] = Of(scope.Uids[0]) },
        _ => new JsonObject { ["op"] = "in", ["entities"] = new JsonArray([.. scope.Uids.Select(Of)]) },
    };

    static JsonObject Of(EntityUid uid) => new() { ["type"] = uid.Type, ["id"] = uid.Id };

    static JsonObject Of(Expression expression) => expression switch
    {
        Expression.Literal e => new JsonObject { ["Value"] = Of(e.Value) },
        Expression.Var e => new JsonObject { ["Var"] = e.Variable.ToString().ToLowerInvariant() },
        Expression.If e => new JsonObject
        {
            ["if-then-else"] = new JsonObject
            {
                ["if"] = Of(e.Condition),
                ["then"] = Of(e.Then),
                ["else"] = Of(e.Else),
            },
        },
        Expression.And e => Chain("&&", e.Operands.Select(Of)),
        Expression.Or e => Chain("||", e.Operands.Select(Of)),
        Expression.Unary e => new JsonObject
        {
            [e.Operator switch { UnaryOperator.Not => "!", UnaryOperator.Negate => "neg", _ => "isEmpty" }] =
                new JsonObject { ["arg"] = Of(e.Operand) },
        },
        Expression.Binary e => Pair(Operators[(int)e.Operator], Of(e.Left), Of(e.Right)),
        Expression.Has e => Has(e.Operand, e.Path),
        Expression.Get e => Attribute(".", Of(e.Operand), e.Name),
        Expression.Like e => new JsonObject
        {
            ["like"] = new JsonObject { ["left"] = Of(e.Operand), ["pattern"] = Of(e.Pattern) },
        },
        Expression.Is e => Of(e),
        Expression.Set e => new JsonObject { ["Set"] = new JsonArray([.. e.Elements.Select(Of)]) },
        Expression.Record e => new JsonObject
        {
            ["Record"] = new JsonObject(e.Fields.Select(
                field => KeyValuePair.Create(field.Name, (JsonNode?)Of(field.Value)))),
        },
        Expression.Call e => new JsonObject
        {
            [ExtensionFunctions.Spelling(e.Function)] = new JsonArray([.. e.Arguments.Select(Of)]),
        },
        _ => throw new NotSupportedException(expression.GetType().Name),
    };

    static JsonNode Of(Value value) => value switch
    {
        CedarBool e => JsonValue.Create(e.Value),
        CedarLong e => JsonValue.Create(e.Value),
        CedarString e => JsonValue.Create(e.Value),
        EntityUid e => new JsonObject { ["__entity"] = Of(e) },
        _ => throw new NotSupportedException(value.TypeName),
    };

    static JsonObject Of(Expression.Is e)
    {
        var inner = new JsonObject { ["left"] = Of(e.Operand), ["entity_type"] = e.EntityType };
        if (e.Container is not null)
            inner["in"] = Of(e.Container);
        return new JsonObject { ["is"] = inner };
    }

    // The format has a literal for each scalar.
    static JsonArray Of(Pattern pattern)
    {
        var json = new JsonArray();
        for (var i = 0; i < pattern.Parts.Length; i++)
        {
            if (i > 0)
                json.Add("Wildcard");
            foreach (var scalar in pattern.Parts[i].EnumerateRunes())
                json.Add(new JsonObject { ["Literal"] = scalar.ToString() });
        }
        return json;
    }

    static JsonObject Has(Expression operand, ImmutableArray<string> path)
    {
        var tests = new List<JsonObject>();
        for (var i = 0; i < path.Length; i++)
        {
            var owner = path[..i].Aggregate(Of(operand), (left, name) => Attribute(".", left, name));
            tests.Add(Attribute("has", owner, path[i]));
        }
        return Chain("&&", tests);
    }

    static JsonObject Chain(string op, IEnumerable<JsonObject> operands) =>
        operands.Aggregate((left, right) => Pair(op, left, right));

    static JsonObject Pair(string op, JsonObject left, JsonObject right) =>
        new() { [op] = new JsonObject { ["left"] = left, ["right"] = right } };

    static JsonObject Attribute(string op, JsonObject left, string name) =>
        new() { [op] = new JsonObject { ["left"] = left, ["attr"] = name } };
}
