using System.Text;

namespace Writ.Cedar.Tests.Schema;

/// <summary>The JSON format. What is accepted was recorded with the official engine 4.13.</summary>
public sealed class SchemaJsonTests
{
    [Theory]
    [InlineData("{}", "")]
    [InlineData("""{"N":{"entityTypes":{},"actions":{},"annotations":{"a":"b"}}}""", "@a(\"b\")\nnamespace N {\n}\n")]
    [InlineData("""{"":{"entityTypes":{"A":{"annotations":{"x":null}}},"actions":{}}}""", "@x\nentity A;\n")]
    [InlineData("""{"":{"entityTypes":{},"actions":{"a":{"appliesTo":null,"memberOf":null,"attributes":null}}}}""", "action \"a\";\n")]
    [InlineData("""{"":{"entityTypes":{},"actions":{"a":{"memberOf":[]}}}}""", "action \"a\";\n")]
    [InlineData("""{"":{"entityTypes":{},"actions":{"a":{"memberOf":[{"id":"b","type":"Action"}]},"b":{}}}}""", "action \"a\" in [Action::\"b\"];\n\naction \"b\";\n")]
    [InlineData("""{"":{"entityTypes":{},"actions":{"a":{"memberOf":[{"id":"b","type":null}]},"b":{}}}}""", "action \"a\" in [\"b\"];\n\naction \"b\";\n")]
    [InlineData("""{"":{"entityTypes":{"A":{"shape":{"type":"Record","attributes":{"a":{"type":"Bool"},"b":{"type":"Boolean"},"c":{"type":"Extension","name":"ipaddr"},"d":{"type":"Entity","name":"A"},"e":{"type":"Set","element":{"type":"Long"}}}}}},"actions":{}}}""",
        "entity A = {\n  a: Bool,\n  b: __cedar::Bool,\n  c: __cedar::ipaddr,\n  d: A,\n  e: Set<__cedar::Long>\n};\n")]
    [InlineData("""{"":{"entityTypes":{"A":{"shape":{"type":"Record","attributes":{},"additionalAttributes":false}}},"actions":{}}}""", "entity A;\n")]
    [InlineData("""{"":{"commonTypes":{"A":{"type":"Record","attributes":{"a":{"type":"String","required":true}}}},"entityTypes":{},"actions":{}}}""", "type A = {\n  a: __cedar::String\n};\n")]
    [InlineData("""{"":{"commonTypes":{"T":{"type":"__cedar::Long"}},"entityTypes":{},"actions":{}}}""", "type T = __cedar::Long;\n")]
    [InlineData("""{"":{"entityTypes":{"A":{}},"actions":{"a":{"appliesTo":{"principalTypes":["A"],"resourceTypes":[]}}}}}""", "entity A;\n\naction \"a\";\n")]
    [InlineData("""{"":{"entityTypes":{},"actions":{"a\"\n\u0000\u200b\u00e9":{}}}}""", "action \"a\\\"\\n\\0\\u{200b}é\";\n")]
    public void A_JSON_schema_is_written_as_text(string json, string text)
    {
        var document = SchemaDocument.ParseJson(json).Value;
        Assert.True(document.Resolve().Succeeded, string.Join('\n', document.Resolve().Errors));
        Assert.Equal(text, document.ToText().Value);
        Assert.True(SchemaDocument.ParseText(text).Value.Resolve().Succeeded);
    }

    [Theory]
    [InlineData("[]", "1:1: expected an object with a definition for each namespace, found an array [cedar.json]")]
    [InlineData("""{"":{}}""", """1:5: expected a namespace with entityTypes, actions and perhaps commonTypes and annotations, found an object without one of them at [""] [cedar.json]""")]
    [InlineData("""{"":{"entityTypes":{},"actions":{},"foo":1}}""", """1:42: expected a namespace with entityTypes, actions and perhaps commonTypes and annotations, found also "foo" at [""] [cedar.json]""")]
    [InlineData("""{"a b":{"entityTypes":{},"actions":{}}}""", """1:8: expected the name of a namespace, found "a b" at ["a b"] [cedar.json]""")]
    [InlineData("""{"A :: B":{"entityTypes":{},"actions":{}}}""", """1:11: expected the name of a namespace, found "A :: B" at ["A :: B"] [cedar.json]""")]
    [InlineData("""{"A::__cedar":{"entityTypes":{},"actions":{}}}""", """1:15: expected the name of a namespace, found "A::__cedar" at ["A::__cedar"] [cedar.json]""")]
    [InlineData("""{"":{"entityTypes":{},"actions":{}},"":{"entityTypes":{},"actions":{}}}""", """1:40: expected each namespace once, found it again at [""] [cedar.json]""")]
    [InlineData("""{"":{"entityTypes":{},"actions":{},"annotations":{"a":"b"}}}""", """1:50: expected no annotations where there is no namespace, found some at [""] [cedar.json]""")]
    public void A_namespace_that_is_none_is_refused(string json, string error) => AssertRefused(json, error);

    [Theory]
    [InlineData("""{"A":{},"A":{}}""", "1:32: expected each declaration once, found 'A' again [cedar.schema.duplicate]")]
    [InlineData("""{"a b":{}}""", """1:27: expected an identifier that is not reserved, found "a b" at [""].entityTypes["a b"] [cedar.json]""")]
    [InlineData("""{"A::B":{}}""", """1:28: expected an identifier that is not reserved, found "A::B" at [""].entityTypes["A::B"] [cedar.json]""")]
    [InlineData("""{"in":{}}""", """1:26: expected an identifier that is not reserved, found "in" at [""].entityTypes.in [cedar.json]""")]
    [InlineData("""{"__cedar":{}}""", "1:31: expected a name that is not reserved, found '__cedar' [cedar.schema.reserved]")]
    [InlineData("""{"Action":{}}""", "1:30: expected a name that is not reserved, found 'Action' [cedar.schema.reserved]")]
    [InlineData("""{"A":{"shape":null}}""", "1:34: expected a type, found null at [\"\"].entityTypes.A.shape [cedar.json]")]
    [InlineData("""{"A":{"tags":null}}""", "1:33: expected a type, found null at [\"\"].entityTypes.A.tags [cedar.json]")]
    [InlineData("""{"A":{"memberOfTypes":[" A"]}}""", """1:43: expected the name of a type, found " A" at [""].entityTypes.A.memberOfTypes[0] [cedar.json]""")]
    [InlineData("""{"A":{"annotations":{"a b":"x"}}}""", """1:47: expected a name as annotations have it, found "a b" at [""].entityTypes.A.annotations["a b"] [cedar.json]""")]
    [InlineData("""{"A":{"annotations":{"x":1}}}""", """1:45: expected a text or null, found the number 1 at [""].entityTypes.A.annotations.x [cedar.json]""")]
    [InlineData("""{"A":{"enum":[]}}""", "1:33: expected at least one id in enum, found an array at [\"\"].entityTypes.A [cedar.json]")]
    [InlineData("""{"A":{"enum":[1]}}""", "1:34: expected a text, found the number 1 at [\"\"].entityTypes.A.enum[0] [cedar.json]")]
    [InlineData("""{"A":{"enum":["a"],"shape":{"type":"Record","attributes":{}}}}""", """1:25: expected nothing besides enum and annotations, found more at [""].entityTypes.A [cedar.json]""")]
    public void An_entity_type_that_is_none_is_refused(string entityTypes, string error) =>
        AssertRefused("{\"\":{\"entityTypes\":" + entityTypes + ",\"actions\":{}}}", error);

    [Theory]
    [InlineData("""{"type":"Record"}""", """1:50: expected attributes beside the type "Record", found an object without at [""].commonTypes.T [cedar.json]""")]
    [InlineData("""{"type":"Record","attributes":{},"additionalAttributes":true}""", """1:98: expected additionalAttributes: false, for records are closed, found a boolean at [""].commonTypes.T [cedar.json]""")]
    [InlineData("""{"type":"Record","attributes":{"a":{"type":"Long"},"a":{"type":"Long"}}}""", """1:97: expected each attribute once, found it again at [""].commonTypes.T.attributes.a [cedar.json]""")]
    [InlineData("""{"type":"Set"}""", """1:50: expected element beside the type "Set", found an object without at [""].commonTypes.T [cedar.json]""")]
    [InlineData("""{"type":"Long","name":"x"}""", "1:50: expected nothing besides the type \"Long\", found more at [\"\"].commonTypes.T [cedar.json]")]
    [InlineData("""{"type":"Long","foo":1}""", """1:63: expected a type, perhaps with annotations, found also "foo" at [""].commonTypes.T [cedar.json]""")]
    [InlineData("""{"type":"Long","required":true}""", """1:68: expected a type, perhaps with annotations, found also "required" at [""].commonTypes.T [cedar.json]""")]
    [InlineData("""{"type":"Extension","name":"foo"}""", """1:69: expected decimal, ipaddr, datetime or duration, found "foo" at [""].commonTypes.T [cedar.json]""")]
    [InlineData("""{"type":"Extension","name":"__cedar::ipaddr"}""", """1:69: expected decimal, ipaddr, datetime or duration, found "__cedar::ipaddr" at [""].commonTypes.T [cedar.json]""")]
    [InlineData("""{}""", """1:42: expected a type with the member type, found an object without at [""].commonTypes.T [cedar.json]""")]
    public void A_type_that_is_none_is_refused(string type, string error) =>
        AssertRefused("{\"\":{\"entityTypes\":{},\"commonTypes\":{\"T\":" + type + "},\"actions\":{}}}", error);

    [Theory]
    [InlineData("""{"foo":1}""", """1:55: expected an action with appliesTo, memberOf and annotations, all optional, found also "foo" at [""].actions.a [cedar.json]""")]
    [InlineData("""{"attributes":{}}""", """1:62: expected an action without attributes, which Cedar does not have, found an object at [""].actions.a [cedar.json]""")]
    [InlineData("""{"appliesTo":{}}""", """1:61: expected principalTypes, resourceTypes and perhaps context, found an object without one of them at [""].actions.a.appliesTo [cedar.json]""")]
    [InlineData("""{"memberOf":[{"id":"b","foo":1}]}""", """1:77: expected an action with id and perhaps type, found also "foo" at [""].actions.a.memberOf[0] [cedar.json]""")]
    public void An_action_that_is_none_is_refused(string action, string error) =>
        AssertRefused("{\"\":{\"entityTypes\":{},\"actions\":{\"a\":          " + action + "}}}", error);

    [Theory]
    [InlineData("{\"\"", "1:4: expected well-formed JSON, at most 256 deep, found")]
    [InlineData("""{"\ud800":{"entityTypes":{},"actions":{}}}""", """expected strings of whole Unicode characters, found an unpaired surrogate [cedar.json]""")]
    public void What_is_no_JSON_is_refused(string json, string error) =>
        Assert.StartsWith(error, SchemaDocument.ParseJson(json).Errors[0].ToString(), StringComparison.Ordinal);

    [Fact]
    public void Bytes_that_are_no_UTF8_are_refused()
    {
        var json = Encoding.Latin1.GetBytes("{\"\":{\"entityTypes\":{\"\u00e9\":{}},\"actions\":{}}}");
        Assert.Equal("cedar.json", SchemaDocument.ParseJson(json.AsMemory()).Errors[0].Code);
    }

    [Theory]
    [InlineData("""{"":{"entityTypes":{"A":{"shape":{"type":"T"}}},"commonTypes":{"T":{"type":"Record","attributes":{}}},"actions":{}}}""", """1:34: expected a record as the attributes of an entity type, found 'T' [cedar.schema.not-expressible]""")]
    [InlineData("""{"N":{"entityTypes":{"A":{},"B":{"tags":{"type":"Entity","name":"A"}}},"commonTypes":{"A":{"type":"Long"}},"actions":{}}}""", """1:41: expected a name that means the entity type 'N::A' in the text format, found 'A' [cedar.schema.not-expressible]""")]
    [InlineData("""{"":{"entityTypes":{"A":{},"B":{"tags":{"type":"Entity","name":"A"}}},"commonTypes":{"A":{"type":"Long"}},"actions":{}}}""", """1:40: expected a name that means the entity type 'A' in the text format, found 'A' [cedar.schema.not-expressible]""")]
    public void What_only_JSON_can_say_is_not_written_as_text(string json, string error)
    {
        var document = SchemaDocument.ParseJson(json).Value;
        Assert.True(document.Resolve().Succeeded);
        Assert.Equal(error, document.ToText().Errors[0].ToString());
    }

    static void AssertRefused(string json, string error) =>
        Assert.Equal(error, SchemaDocument.ParseJson(json).Errors[0].ToString());
}
