using System.Text.Json.Nodes;
using Writ.Testing;

namespace Writ.Cedar.Tests;

/// <summary>Cedar's JSON policy format, both ways; confirmed with the official tools 4.13.0.</summary>
public sealed class PolicyJsonTests
{
    // Cedar text, the JSON of its condition.
    [Theory]
    [InlineData("-5", """{"Value":-5}""")]
    [InlineData("-(5)", """{"neg":{"arg":{"Value":5}}}""")]
    [InlineData("--5", """{"neg":{"arg":{"Value":-5}}}""")]
    [InlineData("-9223372036854775808", """{"Value":-9223372036854775808}""")]
    [InlineData("9223372036854775807", """{"Value":9223372036854775807}""")]
    [InlineData("!!true", """{"!":{"arg":{"!":{"arg":{"Value":true}}}}}""")]
    [InlineData("1 + 2 - 3 * 4", """{"-":{"left":{"+":{"left":{"Value":1},"right":{"Value":2}}},"right":{"*":{"left":{"Value":3},"right":{"Value":4}}}}}""")]
    [InlineData("true && false && true", """{"&&":{"left":{"&&":{"left":{"Value":true},"right":{"Value":false}}},"right":{"Value":true}}}""")]
    [InlineData("true || (false || true)", """{"||":{"left":{"Value":true},"right":{"||":{"left":{"Value":false},"right":{"Value":true}}}}}""")]
    [InlineData("1 != 2", """{"!=":{"left":{"Value":1},"right":{"Value":2}}}""")]
    [InlineData("if true then 1 else 2", """{"if-then-else":{"if":{"Value":true},"then":{"Value":1},"else":{"Value":2}}}""")]
    [InlineData("principal has a", """{"has":{"left":{"Var":"principal"},"attr":"a"}}""")]
    [InlineData("principal has \"a b\"", """{"has":{"left":{"Var":"principal"},"attr":"a b"}}""")]
    [InlineData("principal has a.b.c", """{"has":{"left":{"Var":"principal"},"attr":["a","b","c"]}}""")]
    [InlineData("context[\"a b\"].c", """{".":{"left":{".":{"left":{"Var":"context"},"attr":"a b"}},"attr":"c"}}""")]
    [InlineData("\"x\" like \"a*\\*b\\u{2a}\"", """{"like":{"left":{"Value":"x"},"pattern":[{"Literal":"a"},"Wildcard",{"Literal":"*"},{"Literal":"b"},"Wildcard"]}}""")]
    [InlineData("principal is A::B", """{"is":{"left":{"Var":"principal"},"entity_type":"A::B"}}""")]
    [InlineData("principal is A in [resource]", """{"is":{"left":{"Var":"principal"},"entity_type":"A","in":{"Set":[{"Var":"resource"}]}}}""")]
    [InlineData("action in Action::\"a\"", """{"in":{"left":{"Var":"action"},"right":{"Value":{"__entity":{"type":"Action","id":"a"}}}}}""")]
    [InlineData("[1].contains(1)", """{"contains":{"left":{"Set":[{"Value":1}]},"right":{"Value":1}}}""")]
    [InlineData("[].containsAll([])", """{"containsAll":{"left":{"Set":[]},"right":{"Set":[]}}}""")]
    [InlineData("[].containsAny([])", """{"containsAny":{"left":{"Set":[]},"right":{"Set":[]}}}""")]
    [InlineData("[].isEmpty()", """{"isEmpty":{"arg":{"Set":[]}}}""")]
    [InlineData("principal.hasTag(\"t\")", """{"hasTag":{"left":{"Var":"principal"},"right":{"Value":"t"}}}""")]
    [InlineData("principal.getTag(\"t\")", """{"getTag":{"left":{"Var":"principal"},"right":{"Value":"t"}}}""")]
    [InlineData("{a: 1, \"b c\": {}}", """{"Record":{"a":{"Value":1},"b c":{"Record":{}}}}""")]
    [InlineData("ip(\"x\").isInRange(ip(\"y\"), ip(\"z\"))", """{"isInRange":[{"ip":[{"Value":"x"}]},{"ip":[{"Value":"y"}]},{"ip":[{"Value":"z"}]}]}""")]
    [InlineData("decimal(\"1.0\").lessThan(decimal(\"2.0\"))", """{"lessThan":[{"decimal":[{"Value":"1.0"}]},{"decimal":[{"Value":"2.0"}]}]}""")]
    [InlineData("datetime(\"2024-01-01\").offset(duration(\"1d\")).toDate()", """{"toDate":[{"offset":[{"datetime":[{"Value":"2024-01-01"}]},{"duration":[{"Value":"1d"}]}]}]}""")]
    [InlineData("ip()", """{"ip":[]}""")]
    public void A_condition_has_one_JSON_and_comes_back(string cedar, string json)
    {
        var policies = Given.Policies($"permit(principal, action, resource) when {{ {cedar} }};");
        var written = (JsonObject)JsonNode.Parse(policies.Policies[0].ToJson())!;
        AssertJson(json, written["conditions"]![0]!["body"]!);
        var read = PolicySet.ParseJson(written.ToJsonString()).Value;
        AssertJson(written.ToJsonString(), JsonNode.Parse(read.Policies[0].ToJson())!);
        AssertJson(written.ToJsonString(), JsonNode.Parse(Given.Policies(read.ToCedar().Value).Policies[0].ToJson())!);
    }

    [Theory]
    [InlineData("principal", """{"op":"All"}""")]
    [InlineData("principal == A::\"x\"", """{"op":"==","entity":{"type":"A","id":"x"}}""")]
    [InlineData("principal in A::\"x\"", """{"op":"in","entity":{"type":"A","id":"x"}}""")]
    [InlineData("principal is A", """{"op":"is","entity_type":"A"}""")]
    [InlineData("principal is A in B::\"x\"", """{"op":"is","entity_type":"A","in":{"entity":{"type":"B","id":"x"}}}""")]
    [InlineData("principal == ?principal", """{"op":"==","slot":"?principal"}""")]
    [InlineData("principal in ?principal", """{"op":"in","slot":"?principal"}""")]
    [InlineData("principal is A in ?principal", """{"op":"is","entity_type":"A","in":{"slot":"?principal"}}""")]
    public void A_scope_has_one_JSON_and_comes_back(string principal, string json)
    {
        var resource = principal.Replace("principal", "resource", StringComparison.Ordinal);
        var set = Given.Policies($"forbid({principal}, action, {resource});");
        var written = set.Policies.IsEmpty ? set.Templates[0].ToJson() : set.Policies[0].ToJson();
        AssertJson(json, JsonNode.Parse(written)!["principal"]!);
        AssertJson(
            json.Replace("?principal", "?resource", StringComparison.Ordinal), JsonNode.Parse(written)!["resource"]!);
        AssertJson(set.ToJson(), JsonNode.Parse(PolicySet.ParseJson(set.ToJson()).Value.ToJson())!);
        AssertJson(set.ToJson(), JsonNode.Parse(PolicySet.ParseJson(written).Value.ToJson())!);
    }

    [Theory]
    [InlineData("action", """{"op":"All"}""")]
    [InlineData("action == N::Action::\"x\"", """{"op":"==","entity":{"type":"N::Action","id":"x"}}""")]
    [InlineData("action in Action::\"x\"", """{"op":"in","entity":{"type":"Action","id":"x"}}""")]
    [InlineData("action in []", """{"op":"in","entities":[]}""")]
    [InlineData("action in [Action::\"x\", Action::\"y\"]", """{"op":"in","entities":[{"type":"Action","id":"x"},{"type":"Action","id":"y"}]}""")]
    public void A_scope_of_actions_has_one_JSON_and_comes_back(string action, string json)
    {
        var set = Given.Policies($"permit(principal, {action}, resource);");
        AssertJson(json, JsonNode.Parse(set.Policies[0].ToJson())!["action"]!);
        AssertJson(set.ToJson(), JsonNode.Parse(PolicySet.ParseJson(set.ToJson()).Value.ToJson())!);
    }

    [Fact]
    public void A_set_keeps_its_templates_links_annotations_and_order()
    {
        var set = PolicySet.Parse(
            """
            @id("b") @gate permit(principal, action, resource) when { context.a } unless { context.b };
            @id("t") @quorum("2") permit(principal == ?principal, action, resource in ?resource);
            @id("a") @gate("") forbid(principal, action, resource);
            """,
            PolicyIdSource.IdAnnotation).Value;
        var uid = Given.Uid("User::\"alice\"");
        set = set.Link("t", "l2", new SlotValues(uid, uid)).Value.Link("t", "l1", new SlotValues(uid, uid)).Value;
        var json = set.ToJson(indented: true);
        var read = PolicySet.ParseJson(json, "set.json").Value;
        Assert.Equal(json, read.ToJson(indented: true));
        Assert.Equal(["b", "a", "l2", "l1"], Given.Ids(read.Policies));
        Assert.Equal(("t", "2"), (read.Policies[2].TemplateId, read.Policies[2].Annotations["quorum"]));
        var parsed = JsonNode.Parse(json)!;
        AssertJson("""{"id":"b","gate":null}""", parsed["staticPolicies"]!["b"]!["annotations"]!);
        AssertJson("""{"id":"a","gate":""}""", parsed["staticPolicies"]!["a"]!["annotations"]!);
        AssertJson(
            """{"templateId":"t","newId":"l2","values":{"?principal":{"type":"User","id":"alice"},"?resource":{"type":"User","id":"alice"}}}""",
            parsed["templateLinks"]![0]!);
        Assert.Equal("cedar.translate.link", read.ToCedar().Errors[0].Code);
        Assert.Equal("set.json", read.Policies[0].FileName);
        Assert.Equal(
            "@id(\"b\") @gate permit (principal, action, resource) when { context.a } unless { context.b };",
            read.Policies[0].Text);
    }

    [Fact]
    public void What_fails_is_found_in_the_document()
    {
        const string Json = """
            {"effect": "permit", "principal": {"op": "All"}, "action": {"op": "All"}, "resource": {"op": "All"},
              "conditions": [{"kind": "when", "body": {"&&": {
                "left": {"Value": "\u00e9\u6f22"},
                "right": {"Value": true}}}}]}
            """;
        var policies = PolicySet.ParseJson(Json).Value;
        Assert.Equal("1:1", policies.Policies[0].Position.ToString());
        var error = Authorizer.Decide(policies, Given.Request, Given.Entities).Errors[0].Error;
        Assert.Equal("3:23", error.Position.ToString());
    }

    // In JSON a path has any names and keeps them; in text it is the tests that it stands for.
    [Theory]
    [InlineData("""["a","b c"]""", "principal has a && principal.a has \"b c\"")]
    [InlineData("""["if","b","\u200b"]""",
        "principal has \"if\" && principal[\"if\"] has b && principal[\"if\"].b has \"\\u{200b}\"")]
    public void A_path_of_other_names_than_text_has_stays_in_JSON(string path, string tests)
    {
        var has = $$$"""{"has":{"left":{"Var":"principal"},"attr":{{{path}}}}}""";
        var read = PolicySet.ParseJson(Policy(has)).Value;
        Assert.Equal($"permit (principal, action, resource) when {{ {tests} }};", read.Policies[0].Text);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse(has), JsonNode.Parse(read.Policies[0].ToJson())!["conditions"]![0]!["body"]));
        var inside = PolicySet.ParseJson(Policy($$$"""{"!":{"arg":{{{has}}}}}""")).Value.Policies[0];
        Assert.Equal($"permit (principal, action, resource) when {{ !({tests}) }};", inside.Text);
        // Both are decided alike, the path and the tests.
        var spelled = Given.Policies(read.Policies[0].Text);
        foreach (var set in new[] { read, spelled })
            Assert.Equal(Decision.Deny, Authorizer.Decide(set, Given.Request, Given.Entities).Decision);
    }

    // A constant may be a whole value there; extension values stay calls, so a wrong one fails where it is evaluated.
    [Theory]
    [InlineData("""{"Value":[1,[true,"x"]]}""", "[1, [true, \"x\"]]")]
    [InlineData("""{"Value":{"a":{"__entity":{"type":"A","id":"x"}},"b c":[]}}""", "{a: A::\"x\", \"b c\": []}")]
    [InlineData("""{"Value":{"__extn":{"fn":"ip","arg":"nonsense"}}}""", "ip(\"nonsense\")")]
    [InlineData("""{"Value":{"__extn":{"fn":"offset","args":[{"__extn":{"fn":"datetime","arg":"2024-01-01"}},{"__extn":{"fn":"duration","arg":"1d"}}]}}}""",
        "datetime(\"2024-01-01\").offset(duration(\"1d\"))")]
    [InlineData("""{"like":{"left":{"Value":"x"},"pattern":["Wildcard","Wildcard",{"Literal":"a*\u200b"}]}}""",
        "\"x\" like \"**a\\*\\u{200b}\"")]
    [InlineData("""{"!":{"arg":{"neg":{"arg":{"Value":-5}}}}}""", "!(-(-5))")]
    [InlineData("""{"!":{"arg":{"!":{"arg":{"!":{"arg":{"!":{"arg":{"!":{"arg":{"Value":true}}}}}}}}}}}""", "!!!!(!true)")]
    [InlineData("""{".":{"left":{"Value":-5},"attr":"if"}}""", "(-5)[\"if\"]")]
    [InlineData("""{"-":{"left":{"Value":1},"right":{"+":{"left":{"Value":2},"right":{"Value":-3}}}}}""", "1 - (2 + -3)")]
    [InlineData("""{"==":{"left":{"<":{"left":{"Value":1},"right":{"Value":2}}},"right":{"is":{"left":{"Var":"principal"},"entity_type":"A","in":{"||":{"left":{"Value":true},"right":{"Value":false}}}}}}}""",
        "(1 < 2) == (principal is A in (true || false))")]
    public void An_expression_is_printed_with_the_brackets_it_needs(string json, string cedar)
    {
        var read = PolicySet.ParseJson(Policy(json)).Value;
        Assert.Equal($"permit (principal, action, resource) when {{ {cedar} }};", read.Policies[0].Text);
        var again = Given.Policies(read.Policies[0].Text);
        Assert.Equal(
            Given.Decide(read.Policies[0].Text).Errors.Length,
            Authorizer.Decide(read, Given.Request, Given.Entities).Errors.Length);
        AssertJson(again.ToJson(), JsonNode.Parse(PolicySet.ParseJson(again.ToJson()).Value.ToJson())!);
    }

    [Theory]
    [InlineData("""{"Value":null}""", "a value that Cedar has, found null at .conditions[0].body.Value")]
    [InlineData("""{"Value":1.5}""", "an integer of 64 bits, found the number 1.5 at .conditions[0].body.Value")]
    [InlineData("""{"Value":9223372036854775808}""", "an integer of 64 bits, found the number 9223372036854775808")]
    [InlineData("""{"Value":{"__expr":"x"}}""", "an attribute, found a reserved name")]
    [InlineData("""{"Value":{"a":1,"a":2}}""", "each attribute once, found it again at .conditions[0].body.Value.a")]
    [InlineData("""{"Var":"user"}""", "principal, action, resource or context, found \"user\"")]
    [InlineData("""{"Slot":"?principal"}""", "an expression (a slot stands only in the scope), found a slot")]
    [InlineData("""{"!":{"arg":{"Value":true},"x":1}}""", "an arg, found also \"x\" at .conditions[0].body[\"!\"]")]
    [InlineData("""{"!":{}}""", "an arg, found an object without")]
    [InlineData("""{"==":{"left":{"Value":1}}}""", "left and right, found an object without at .conditions[0].body[\"==\"]")]
    [InlineData("""{"&&":{"left":{"&&":{"left":{"Value":1},"right":{"Foo":1}}},"right":{"Value":1}}}""",
        "an operator or function that Cedar has, found \"Foo\" at .conditions[0].body[\"&&\"].left[\"&&\"].right.Foo")]
    [InlineData("""{"foo":[]}""", "an operator or function that Cedar has, found \"foo\"")]
    [InlineData("""{"lessThan":[]}""", "the receiver of the method as first argument, found no argument")]
    [InlineData("""{"decimal":{"left":1}}""", "an array, found an object")]
    [InlineData("""{"+":{},"-":{}}""", "an expression, which is an object with one member, found none or several")]
    [InlineData("{}", "an expression, which is an object with one member, found none or several")]
    [InlineData("[]", "an expression, which is an object with one member, found an array at .conditions[0].body")]
    [InlineData("""{"is":{"left":{"Var":"principal"},"entity_type":"a b"}}""", "the name of an entity type, found \"a b\"")]
    [InlineData("""{"has":{"left":{"Var":"principal"},"attr":[]}}""", "at least one attribute, found none")]
    [InlineData("""{"Record":{"a":{"Value":1},"a":{"Value":1}}}""", "each attribute once, found it again")]
    public void A_condition_that_Cedar_does_not_have_is_refused_with_its_path(string json, string expected)
    {
        var error = Assert.Single(PolicySet.ParseJson(Policy(json)).Errors);
        Assert.StartsWith("expected " + expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"effect":"allow"}""", "a policy with effect")]
    [InlineData("""{"staticPolicies":{}}""", "a policy set with staticPolicies, templates and templateLinks")]
    [InlineData("""{"staticPolicies":{},"templates":{},"templateLinks":[],"x":1}""", "a policy set with")]
    [InlineData("""{"staticPolicies":[],"templates":{},"templateLinks":[]}""", "an object with a policy for each id")]
    [InlineData("""{"staticPolicies":{"a":POLICY,"a":POLICY},"templates":{},"templateLinks":[]}""", "each policy id once")]
    [InlineData("""{"staticPolicies":{"a":TEMPLATE},"templates":{},"templateLinks":[]}""", "a policy without slots, found a template at .staticPolicies.a")]
    [InlineData("""{"staticPolicies":{},"templates":{"a":POLICY},"templateLinks":[]}""", "a template, which has a slot")]
    [InlineData("""{"staticPolicies":{},"templates":{"a":TEMPLATE},"templateLinks":[{"templateId":"b","newId":"c","values":{}}]}""", "the id of a template, found 'b' at .templateLinks[0]")]
    [InlineData("""{"staticPolicies":{},"templates":{"a":TEMPLATE},"templateLinks":[{"templateId":"a","newId":"c","values":{}}]}""", "values for exactly the slots of 'a'")]
    [InlineData("""{"staticPolicies":{},"templates":{"a":TEMPLATE},"templateLinks":[{"templateId":"a","newId":"c","values":{"?principal":{"type":"A","id":"x"},"?resource":{"type":"A","id":"x"}}}]}""", "values for exactly the slots of 'a'")]
    [InlineData("""{"staticPolicies":{},"templates":{"a":TEMPLATE},"templateLinks":[{"templateId":"a","newId":"a","values":{"?principal":{"type":"A","id":"x"}}}]}""", "each policy id once, found 'a' again")]
    [InlineData("""{"staticPolicies":{},"templates":{"a":TEMPLATE},"templateLinks":[{"templateId":"a","newId":"c","values":{"?user":{"type":"A","id":"x"}}}]}""", "values for ?principal and ?resource, found also \"?user\" at .templateLinks[0].values")]
    [InlineData("[]", "a policy set with")]
    public void A_set_of_another_shape_is_refused(string json, string expected)
    {
        var document = json
            .Replace("POLICY", Policy("""{"Value":true}"""), StringComparison.Ordinal)
            .Replace(
                "TEMPLATE",
                Policy("""{"Value":true}""").Replace(
                    "\"principal\":{\"op\":\"All\"}", "\"principal\":{\"op\":\"==\",\"slot\":\"?principal\"}",
                    StringComparison.Ordinal),
                StringComparison.Ordinal);
        var error = PolicySet.ParseJson(document).Errors[0];
        Assert.StartsWith("expected " + expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "\"principal\":{\"op\":\"==\",\"slot\":\"?resource\"}",
        "'?principal', found \"?resource\" at .principal.slot")]
    [InlineData("\"principal\":{\"op\":\"==\"}", "an entity or a slot, found both or neither")]
    [InlineData("\"principal\":{\"op\":\"All\",\"x\":1}", "nothing besides op, found also \"x\"")]
    [InlineData("\"principal\":{\"op\":\"like\"}", "one of the operators All, ==, in, is, found \"like\"")]
    [InlineData("\"principal\":{}", "a scope with an op")]
    [InlineData("\"principal\":{\"op\":\"is\"}", "an entity_type, found a scope without")]
    public void A_scope_that_Cedar_does_not_have_is_refused(string principal, string expected)
    {
        var json = Policy("""{"Value":true}""").Replace("\"principal\":{\"op\":\"All\"}", principal, StringComparison.Ordinal);
        Assert.StartsWith(
            "expected " + expected, PolicySet.ParseJson(json).Errors[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_action_is_of_type_Action()
    {
        var json = Policy("""{"Value":true}""").Replace(
            "\"action\":{\"op\":\"All\"}", "\"action\":{\"op\":\"==\",\"entity\":{\"type\":\"B\",\"id\":\"b\"}}",
            StringComparison.Ordinal);
        Assert.Equal(
            "expected an entity of type Action, found B::\"b\" at .action.entity",
            PolicySet.ParseJson(json).Errors[0].Message);
    }

    [Fact, Slow]
    public void A_long_chain_is_read_without_recursion_and_nesting_up_to_a_limit()
    {
        var chain = Given.Policies(
            $"permit(principal, action, resource) when {{ {string.Join(" && ", Enumerable.Repeat("true", 2_000))} }};");
        Assert.Equal(chain.ToJson(), PolicySet.ParseJson(chain.ToJson()).Value.ToJson());
        Assert.Equal(Decision.Allow, Authorizer.Decide(
            PolicySet.ParseJson(chain.ToJson()).Value, Given.Request, Given.Entities).Decision);
        Assert.True(PolicySet.ParseJson(Policy(Nested(CedarLimits.DepthMax - 1))).Succeeded);
        Assert.Equal(
            "cedar.limit.depth", PolicySet.ParseJson(Policy(Nested(CedarLimits.DepthMax))).Errors[0].Code);
        Assert.Equal("cedar.json", PolicySet.ParseJson(Policy(Nested(100_000))).Errors[0].Code);

        static string Nested(int depth) => string.Concat(Enumerable.Repeat("{\"!\":{\"arg\":", depth))
            + "{\"Value\":true}" + string.Concat(Enumerable.Repeat("}}", depth));
    }

    static string Policy(string body) =>
        "{\"effect\":\"permit\",\"principal\":{\"op\":\"All\"},"
        + "\"action\":{\"op\":\"All\"},\"resource\":{\"op\":\"All\"},"
        + "\"conditions\":[{\"kind\":\"when\",\"body\":" + body + "}]}";

    static void AssertJson(string expected, JsonNode found) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), found), $"{expected}\n{found.ToJsonString()}");
}
