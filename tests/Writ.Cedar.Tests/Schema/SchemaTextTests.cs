using System.Text.Json.Nodes;

namespace Writ.Cedar.Tests.Schema;

/// <summary>The text format. What is accepted, and its JSON, was recorded with the official engine 4.13.</summary>
public sealed class SchemaTextTests
{
    [Theory]
    [InlineData("", "{}")]
    [InlineData("namespace A {}", """{"A":{"entityTypes":{},"actions":{}}}""")]
    [InlineData("namespace A :: B { entity C; }", """{"A::B":{"entityTypes":{"C":{}},"actions":{}}}""")]
    [InlineData("entity A in [];", """{"":{"entityTypes":{"A":{}},"actions":{}}}""")]
    [InlineData("entity A, B in A;", """{"":{"entityTypes":{"A":{"memberOfTypes":["A"]},"B":{"memberOfTypes":["A"]}},"actions":{}}}""")]
    [InlineData("entity A enum [\"a\", \"a\"];", """{"":{"entityTypes":{"A":{"enum":["a","a"]}},"actions":{}}}""")]
    [InlineData("entity A {a: Long};", """{"":{"entityTypes":{"A":{"shape":{"type":"Record","attributes":{"a":{"type":"EntityOrCommon","name":"Long"}}}}},"actions":{}}}""")]
    [InlineData("entity A { @x(\"y\") b?: Long, };", """{"":{"entityTypes":{"A":{"shape":{"type":"Record","attributes":{"b":{"type":"EntityOrCommon","name":"Long","annotations":{"x":"y"},"required":false}}}}},"actions":{}}}""")]
    [InlineData("entity A { \"in\": Long, __cedar: String, type: Bool, principal?: Set<Set<Long>> };", """{"":{"entityTypes":{"A":{"shape":{"type":"Record","attributes":{"in":{"type":"EntityOrCommon","name":"Long"},"__cedar":{"type":"EntityOrCommon","name":"String"},"type":{"type":"EntityOrCommon","name":"Bool"},"principal":{"type":"Set","element":{"type":"Set","element":{"type":"EntityOrCommon","name":"Long"}},"required":false}}}}},"actions":{}}}""")]
    [InlineData("entity A = {} tags {a: __cedar::Long};", """{"":{"entityTypes":{"A":{"tags":{"type":"Record","attributes":{"a":{"type":"EntityOrCommon","name":"__cedar::Long"}}}}},"actions":{}}}""")]
    [InlineData("entity Set; entity A {x: Set};", """{"":{"entityTypes":{"Set":{},"A":{"shape":{"type":"Record","attributes":{"x":{"type":"EntityOrCommon","name":"Set"}}}}},"actions":{}}}""")]
    [InlineData("type A = {b: B}; type B = Set<C>; entity C;", """{"":{"commonTypes":{"A":{"type":"Record","attributes":{"b":{"type":"EntityOrCommon","name":"B"}}},"B":{"type":"Set","element":{"type":"EntityOrCommon","name":"C"}}},"entityTypes":{"C":{}},"actions":{}}}""")]
    [InlineData("action a;", """{"":{"entityTypes":{},"actions":{"a":{"appliesTo":{"principalTypes":[],"resourceTypes":[]}}}}}""")]
    [InlineData("action a attributes {};", """{"":{"entityTypes":{},"actions":{"a":{"appliesTo":{"principalTypes":[],"resourceTypes":[]}}}}}""")]
    [InlineData("""entity A; action a, "b c" in [g] appliesTo { principal: A, resource: [A], context: {} , }; action g;""", """{"":{"entityTypes":{"A":{}},"actions":{"a":{"appliesTo":{"principalTypes":["A"],"resourceTypes":["A"]},"memberOf":[{"id":"g"}]},"b c":{"appliesTo":{"principalTypes":["A"],"resourceTypes":["A"]},"memberOf":[{"id":"g"}]},"g":{"appliesTo":{"principalTypes":[],"resourceTypes":[]}}}}}""")]
    [InlineData("entity A; type C = {}; action a appliesTo { context: C, principal: A, resource: A };", """{"":{"commonTypes":{"C":{"type":"Record","attributes":{}}},"entityTypes":{"A":{}},"actions":{"a":{"appliesTo":{"principalTypes":["A"],"resourceTypes":["A"],"context":{"type":"C"}}}}}}""")]
    [InlineData("namespace M { action \"x\"; } namespace N { action b in M::Action::\"x\"; }", """{"M":{"entityTypes":{},"actions":{"x":{"appliesTo":{"principalTypes":[],"resourceTypes":[]}}}},"N":{"entityTypes":{},"actions":{"b":{"appliesTo":{"principalTypes":[],"resourceTypes":[]},"memberOf":[{"id":"x","type":"M::Action"}]}}}}""")]
    [InlineData("@a(\"b\") namespace N { @c @in(\"d\") entity A; } // end", """{"N":{"annotations":{"a":"b"},"entityTypes":{"A":{"annotations":{"c":"","in":"d"}}},"actions":{}}}""")]
    public void A_schema_text_has_the_JSON_that_the_official_tools_give_it(string text, string json)
    {
        var document = SchemaDocument.ParseText(text).Value;
        Assert.True(document.Resolve().Succeeded, string.Join('\n', document.Resolve().Errors));
        AssertSame(json, document.ToJson().Value);
        AssertSame(json, SchemaDocument.ParseJson(json).Value.ToJson().Value);
        var written = document.ToText().Value;
        AssertSame(json, SchemaDocument.ParseText(written).Value.ToJson().Value);
        Assert.Equal(written, SchemaDocument.ParseText(written).Value.ToText().Value);
    }

    [Theory]
    [InlineData("foo A;", "1:1: expected 'namespace', 'entity', 'action' or 'type', found 'foo' [cedar.syntax]")]
    [InlineData("entity", "1:7: expected the name of an entity type, found the end of the text [cedar.syntax]")]
    [InlineData("entity A", "1:9: expected 'tags' or ';', found the end of the text [cedar.syntax]")]
    [InlineData("entity A { a Long };", "1:14: expected '?' or ':', found 'Long' [cedar.syntax]")]
    [InlineData("entity A = ;", "1:12: expected '{', found ';' [cedar.syntax]")]
    [InlineData("""entity A { in: Long };""", """1:12: expected the name of an attribute, or '}', not a reserved word, found 'in' [cedar.syntax]""")]
    [InlineData("entity A in [B,]; entity B;", "1:16: expected an entity type, found ']' [cedar.syntax]")]
    [InlineData("entity A enum [];", "1:16: expected a string in double quotes, found ']' [cedar.syntax]")]
    [InlineData("entity A enum [\"a\"] = {};", "1:21: expected ';', found '=' [cedar.syntax]")]
    [InlineData("""entity A { "a\q": Long };""", """1:14: expected one of the escapes \n \r \t \\ \0 \' \" \x41 \u{1f600}, found '\q' [cedar.syntax]""")]
    [InlineData("entity A { a: Set<Long };", "1:24: expected '>', found '}' [cedar.syntax]")]
    [InlineData("""@a""", """1:3: expected 'namespace', 'entity', 'action' or 'type', found the end of the text [cedar.syntax]""")]
    [InlineData("@a @a entity A;", "1:5: expected each annotation once, found '@a' again [cedar.duplicate-annotation]")]
    [InlineData("""namespace A { entity B; """, """1:25: expected 'entity', 'action', 'type' or '}', found the end of the text [cedar.syntax]""")]
    [InlineData("""namespace A { namespace B {} }""", """1:15: expected 'entity', 'action', 'type' or '}', found 'namespace' [cedar.syntax]""")]
    [InlineData("""action a in [];""", """1:14: expected an action such as read or App::Action::"read", found ']' [cedar.syntax]""")]
    [InlineData("""action a in N::Action;""", """1:22: expected '::' and the action's name in double quotes, found ';' [cedar.syntax]""")]
    [InlineData("""action a appliesTo {};""", """1:21: expected 'principal', 'resource' or 'context', found '}' [cedar.syntax]""")]
    [InlineData("""entity A; action a appliesTo { principal: [], resource: A };""", """1:32: expected at least one entity type as 'principal', found none [cedar.schema.applies-to]""")]
    [InlineData("""entity A; action a appliesTo { principal: A };""", """1:18: expected 'resource' in appliesTo, found none [cedar.schema.applies-to]""")]
    [InlineData("""entity A; action a appliesTo { principal: A, resource: A, principal: A };""", """1:59: expected 'principal' once, found it again [cedar.schema.duplicate]""")]
    [InlineData("action a attributes {a: 1};", "1:22: expected '}', found 'a' [cedar.syntax]")]
    [InlineData("""entity A; entity A;""", """1:18: expected each declaration once, found 'A' again [cedar.schema.duplicate]""")]
    [InlineData("entity A, A;", "1:11: expected each declaration once, found 'A' again [cedar.schema.duplicate]")]
    [InlineData("""type A = Long; type A = String;""", """1:21: expected each declaration once, found 'A' again [cedar.schema.duplicate]""")]
    [InlineData("""action a; action "a";""", """1:18: expected each declaration once, found 'a' again [cedar.schema.duplicate]""")]
    [InlineData("""entity A { a: Long, "a": String };""", """1:21: expected each attribute once, found 'a' again [cedar.schema.duplicate]""")]
    [InlineData("""namespace A {} namespace A {}""", """1:26: expected each namespace once, found 'A' again [cedar.schema.duplicate]""")]
    [InlineData("entity Action;", "1:8: expected a name that is not reserved, found 'Action' [cedar.schema.reserved]")]
    [InlineData("""namespace N { entity Action; }""", """1:22: expected a name that is not reserved, found 'Action' [cedar.schema.reserved]""")]
    [InlineData("""entity __cedar;""", """1:8: expected a name that is not reserved, found '__cedar' [cedar.schema.reserved]""")]
    [InlineData("type Bool = Long;", "1:6: expected a name that is not reserved, found 'Bool' [cedar.schema.reserved]")]
    [InlineData("""type Entity = Long;""", """1:6: expected a name that is not reserved, found 'Entity' [cedar.schema.reserved]""")]
    [InlineData("""namespace __cedar {}""", """1:11: expected a name without '__cedar', found '__cedar' [cedar.schema.reserved]""")]
    [InlineData("""namespace A::__cedar { entity B; }""", """1:11: expected a name without '__cedar', found 'A::__cedar' [cedar.schema.reserved]""")]
    [InlineData("entity U\u0455er;", "1:9: expected 'tags' or ';', found '\u0455' (U+0455) [cedar.syntax]")]
    [InlineData("entity \u202eA;", """1:8: expected the name of an entity type, found '\u{202e}' (U+202E) [cedar.syntax]""")]
    [InlineData("""entity A { "a: Long };""", """1:12: expected the name of an attribute, or '}', found a string without its closing quote [cedar.syntax]""")]
    public void What_is_no_schema_is_refused_with_its_place(string text, string error) =>
        Assert.Equal(error, SchemaDocument.ParseText(text).Errors[0].ToString());

    [Fact]
    public void Half_a_character_is_refused() => Assert.Equal(
        "1:13: expected well-formed Unicode, found an unpaired surrogate [cedar.syntax]",
        SchemaDocument.ParseText("entity A { \"\ud800\": Long };").Errors[0].ToString());

    [Fact]
    public void Several_mistakes_are_reported_at_once_each_with_its_line()
    {
        const string Text = """
            entity User = { name: Text };
            namespace Shop {
              entity Item in Shelf, = {};
              type Price = decimal
              entity Cart;
              action buy appliesTo { principal User, resource: Item };
            }
            entity Store;
            """;
        var errors = SchemaDocument.ParseText(Text, "shop.cedarschema").Errors;
        Assert.Equal(
            [
                "shop.cedarschema:3:23: expected 'tags' or ';', found ',' [cedar.syntax]",
                "shop.cedarschema:5:3: expected ';', found 'entity' [cedar.syntax]",
                "shop.cedarschema:6:36: expected ':', found 'User' [cedar.syntax]",
            ],
            errors.Select(error => error.ToString()));
        Assert.Equal(
            """
              6 |   action buy appliesTo { principal User, resource: Item };
                |                                    ^^^^
            """,
            errors[2].Excerpt);
    }

    [Fact]
    public void The_text_that_is_written_is_laid_out_for_reading()
    {
        const string Text = """
            @doc("who acts")
            entity User in [Team] = {
              @pii
              name: String,
              "home town"?: {
                city: String
              },
              roles: Set<Role>
            } tags Set<String>;

            entity Team;

            entity Role enum ["dev", "ops"];

            action "read", "write" in [all];
            action "all";
            namespace Shop {
              type Price = decimal;
              entity Item = { price: Price };
              action "buy" in [Action::"all"] appliesTo { principal: User, resource: [Item], context: { count: Long } };
            }
            """;
        const string Written = """
            namespace Shop {
              type Price = decimal;

              entity Item = {
                price: Price
              };

              action "buy" in [Action::"all"] appliesTo {
                principal: [User],
                resource: [Item],
                context: {
                  count: Long
                }
              };
            }

            @doc("who acts")
            entity User in [Team] = {
              @pii
              name: String,
              "home town"?: {
                city: String
              },
              roles: Set<Role>
            } tags Set<String>;

            entity Team;

            entity Role enum ["dev", "ops"];

            action "read" in ["all"];

            action "write" in ["all"];

            action "all";

            """;
        Assert.Equal(Written, SchemaDocument.ParseText(Text).Value.ToText().Value);
    }

    internal static void AssertSame(string expected, string found) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(found)), $"{expected}\n{found}");
}
