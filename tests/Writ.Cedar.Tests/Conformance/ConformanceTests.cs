using System.Text.Json.Nodes;

namespace Writ.Cedar.Tests.Conformance;

/// <summary>
/// Entities, contexts and requests under a schema. What is accepted was recorded with the official engine 4.13, but for
/// repeated and unknown members, which are always refused here.
/// </summary>
public sealed class ConformanceTests
{
    static readonly CedarSchema Schema = CedarSchema.ParseText(
        """
        type Address = { street: String, zip?: Long, geo?: { lat: decimal, lon: decimal } };
        entity Kind enum ["x", "y"];
        entity Team in [Team, Org];
        entity Org;
        entity User in [Team, N::Group] = {
          name: String, admin?: Bool, age?: Long, boss?: User, address?: Address, ip?: ipaddr, at?: datetime,
          span?: duration, kinds?: Set<Kind>, nested?: Set<Set<Long>>, act?: Action, "odd name"?: {}
        } tags Set<ipaddr>;
        entity Doc = { owner: User };
        action view in [read] appliesTo {
          principal: [User], resource: [Doc, Kind],
          context: { at?: datetime, who: User, kind?: Kind, prices?: Set<decimal> }
        };
        action read in [all];
        action all;
        action choose appliesTo { principal: [Kind], resource: [Doc] };
        namespace N { entity Group in [Group2]; entity Group2 in Org; }
        """).Value;

    public static TheoryData<string, string> Values => new()
    {
        { "\"boss\":{\"type\":\"User\",\"id\":\"b\"}", "User::\"b\"" },
        { "\"boss\":{\"__entity\":{\"type\":\"User\",\"id\":\"b\"}}", "User::\"b\"" },
        { "\"ip\":\"10.0.0.0/8\"", "ip(\"10.0.0.0/8\")" },
        { "\"ip\":{\"fn\":\"ip\",\"arg\":\"::1\"}", "ip(\"::1\")" },
        { "\"ip\":{\"__extn\":{\"fn\":\"ip\",\"args\":[\"::1\"]}}", "ip(\"::1\")" },
        { "\"at\":\"2024-01-01\"", "datetime(\"2024-01-01T00:00:00.000Z\")" },
        { "\"at\":{\"fn\":\"offset\",\"args\":[\"2024-01-01\",\"1h\"]}", "datetime(\"2024-01-01T01:00:00.000Z\")" },
        {
            "\"at\":{\"__extn\":{\"fn\":\"toDate\",\"arg\":{\"fn\":\"datetime\",\"arg\":\"2024-01-01T05:00:00Z\"}}}",
            "datetime(\"2024-01-01T00:00:00.000Z\")"
        },
        { "\"span\":\"1h\"", "duration(\"60m\")" },
        { "\"age\":9223372036854775807", "9223372036854775807" },
        { "\"age\":-9223372036854775808", "-9223372036854775808" },
        { "\"kinds\":[{\"type\":\"Kind\",\"id\":\"x\"},{\"type\":\"Kind\",\"id\":\"x\"}]", "[Kind::\"x\"]" },
        { "\"nested\":[[],[1]]", "[[], [1]]" },
        { "\"act\":{\"type\":\"Action\",\"id\":\"all\"}", "Action::\"all\"" },
        { "\"address\":{\"street\":\"s\",\"geo\":{\"lat\":\"1.0\",\"lon\":\"2.0\"}}", "decimal(\"1.0000\")" },
        { "\"odd name\":{}", "{}" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void A_value_is_read_as_the_schema_says(string attribute, string value)
    {
        var store = EntityStore.ParseJson(User(attribute), Schema).Value;
        var attributes = store.Find(Given.Uid("User::\"a\""))!.Attributes;
        Assert.True(attributes.TryGet(attribute.Split('"')[1], out var found));
        if (found is CedarRecord { Count: > 0 } address)
            Assert.True(address.TryGet("geo", out var geo) && ((CedarRecord)geo).TryGet("lat", out found));
        Assert.Equal(Given.Evaluate(value), found!.ToString());
    }

    [Theory]
    [InlineData("\"age\":1.5", "cedar.json", "an integer of 64 bits")]
    [InlineData("\"age\":9223372036854775808", "cedar.json", "an integer of 64 bits")]
    [InlineData("\"age\":\"1\"", "cedar.value.type", "Long")]
    [InlineData("\"age\":null", "cedar.json", "a value that Cedar has")]
    [InlineData("\"admin\":1", "cedar.value.type", "Bool")]
    [InlineData("\"boss\":{\"type\":\"Team\",\"id\":\"b\"}", "cedar.value.type", "User")]
    [InlineData("\"boss\":\"b\"", "cedar.json", "an entity as an object with type and id")]
    [InlineData("\"ip\":5", "cedar.json", "a value of type ipaddr")]
    [InlineData("\"ip\":\"300.0.0.1\"", "cedar.json", "a value of type ipaddr")]
    [InlineData("\"ip\":{\"fn\":\"decimal\",\"arg\":\"1.0\"}", "cedar.value.type", "ipaddr")]
    [InlineData("\"ip\":{\"__extn\":\"::1\"}", "cedar.json", "an object with fn and either arg or args")]
    [InlineData("\"ip\":{\"fn\":\"nope\",\"arg\":\"::1\"}", "cedar.json", "an extension function")]
    [InlineData("\"at\":{\"fn\":\"offset\",\"args\":[\"2024-01-01\"]}", "cedar.json", "the arguments of 'offset'")]
    [InlineData("\"at\":{\"fn\":\"toTime\",\"arg\":\"2024-01-01\"}", "cedar.value.type", "datetime")]
    [InlineData("\"kinds\":[{\"type\":\"Kind\",\"id\":\"z\"}]", """cedar.entity.enum""", """an id that the enumeration Kind has""")]
    [InlineData("\"kinds\":{\"type\":\"Kind\",\"id\":\"x\"}", "cedar.json", "an array, for a set")]
    [InlineData("\"nested\":[1]", "cedar.json", "an array, for a set")]
    [InlineData("\"act\":{\"type\":\"Action\",\"id\":\"nope\"}", """cedar.entity.action""", """an action that the schema declares""")]
    [InlineData("\"address\":{\"zip\":1}", "cedar.value.missing", "the attribute \"street\", which is required")]
    [InlineData("\"address\":{\"street\":\"s\",\"x\":1}", """cedar.value.unexpected""", """only attributes that the schema has""")]
    [InlineData("\"address\":\"s\"", "cedar.json", "an object, for a record")]
    [InlineData("\"nope\":1", "cedar.value.unexpected", "only attributes that the schema has")]
    [InlineData("\"__entity\":{\"type\":\"User\",\"id\":\"b\"}", """cedar.value.unexpected""", """only attributes that the schema has""")]
    [InlineData("\"name\":\"b\"", "cedar.json", "each attribute once")]
    public void A_value_of_another_type_is_refused_where_it_stands(string attribute, string code, string expected)
    {
        var error = Assert.Single(EntityStore.ParseJson(User(attribute), Schema, "e.json").Errors);
        Assert.Equal((code, expected), (error.Code, error.Expected));
        Assert.True(error.Position.Column > 50 && error.Excerpt is not null);
    }

    [Theory]
    [InlineData("User", "a", "{\"name\":\"n\"}", "[{\"type\":\"Team\",\"id\":\"t\"}]", null)]
    [InlineData("User", "a", "{\"name\":\"n\"}", "[{\"type\":\"Org\",\"id\":\"t\"}]", null)]
    [InlineData("User", "a", "{\"name\":\"n\"}", "[{\"__entity\":{\"type\":\"N::Group2\",\"id\":\"t\"}}]", null)]
    [InlineData("Team", "a", "{}", "[{\"type\":\"Team\",\"id\":\"b\"}]", null)]
    [InlineData("Kind", "x", "{}", "[]", null)]
    [InlineData("""Action""", """view""", """{}""", """[{"type":"Action","id":"read"},{"type":"Action","id":"all"}]""", null)]
    [InlineData("User", "a", "{\"name\":\"n\"}", "[{\"type\":\"User\",\"id\":\"t\"}]", "cedar.entity.parent")]
    [InlineData("User", "a", "{\"name\":\"n\"}", "[{\"type\":\"Kind\",\"id\":\"x\"}]", "cedar.entity.parent")]
    [InlineData("User", "a", "{}", "[]", "cedar.value.missing")]
    [InlineData("Org", "a", "{\"x\":1}", "[]", "cedar.value.unexpected")]
    [InlineData("Kind", "z", "{}", "[]", "cedar.entity.enum")]
    [InlineData("Kind", "x", "{\"a\":1}", "[]", "cedar.value.unexpected")]
    [InlineData("Nope", "a", "{}", "[]", "cedar.entity.type")]
    [InlineData("N::User", "a", "{}", "[]", "cedar.entity.type")]
    [InlineData("Action", "nope", "{}", "[]", "cedar.entity.action")]
    [InlineData("Action", "all", "{\"x\":1}", "[]", "cedar.entity.action")]
    [InlineData("Action", "view", "{}", "[{\"type\":\"Action\",\"id\":\"read\"}]", "cedar.entity.action")]
    [InlineData("Action", "all", "{}", "[{\"type\":\"Action\",\"id\":\"read\"}]", "cedar.entity.action")]
    public void An_entity_conforms_or_is_refused(
        string type, string id, string attributes, string parents, string? code)
    {
        var uid = new JsonObject { ["type"] = type, ["id"] = id }.ToJsonString();
        var json = $"[{{\"uid\":{uid},\"attrs\":{attributes},\"parents\":{parents}}}]";
        var result = EntityStore.ParseJson(json, Schema);
        Assert.Equal(code, CodeOf(result));
        if (EntityStore.ParseJson(json).TryGetValue(out var untyped))
            Assert.Equal(code, CodeOf(EntityStore.Create(untyped.Entities, Schema)));
    }

    [Fact]
    public void Tags_have_their_type_where_there_are_tags()
    {
        string Tagged(string type, string attributes, string tags) =>
            $"[{{\"uid\":{{\"type\":\"{type}\",\"id\":\"a\"}},\"attrs\":{attributes},\"parents\":[],\"tags\":{tags}}}]";
        var store = EntityStore.ParseJson(Tagged("User", "{\"name\":\"n\"}", "{\"home\":[\"::1\"]}"), Schema).Value;
        Assert.Equal(Given.Evaluate("{home: [ip(\"::1\")]}"), $"{store.Find(Given.Uid("User::\"a\""))!.Tags}");
        Assert.True(EntityStore.ParseJson(Tagged("Org", "{}", "{}"), Schema).Succeeded);
        Assert.Equal("cedar.entity.tag", CodeOf(EntityStore.ParseJson(Tagged("Org", "{}", "{\"a\":1}"), Schema)));
        Assert.Equal(
            "e:1:81: expected Long, found a value of type string at [0].tags.k [cedar.value.type]",
            EntityStore.ParseJson(
                Tagged("A", "{}", "{\"j\":1,       \"k\": \"x\"}"),
                CedarSchema.ParseText("entity A tags Long;").Value, "e").Errors[0].ToString());
    }

    [Fact]
    public void The_actions_of_the_schema_are_in_the_store()
    {
        var store = EntityStore.ParseJson("[]", Schema).Value;
        Assert.Equal(4, store.Count);
        Assert.True(store.IsIn(Given.Uid("Action::\"view\""), Given.Uid("Action::\"all\"")));
        var stated = EntityStore.ParseJson(
            """
            [{"uid":{"type":"Action","id":"view"},"attrs":{},"parents":[{"type":"Action","id":"read"}]},
             {"uid":{"type":"Action","id":"read"},"attrs":{},"parents":[{"type":"Action","id":"all"}]}]
            """,
            Schema).Value;
        Assert.Equal(4, stated.Count);
    }

    [Theory]
    [InlineData("User", "Action::\"view\"", "Doc", "{\"who\":{\"type\":\"User\",\"id\":\"b\"}}", null)]
    [InlineData("""User""", "Action::\"view\"", """Kind""", """{"who":{"type":"User","id":"b"},"at":"2024-01-01","prices":["1.0"]}""", null)]
    [InlineData("Kind", "Action::\"choose\"", "Doc", "{}", null)]
    [InlineData("User", "Action::\"view\"", "Doc", "{}", "cedar.value.missing")]
    [InlineData("""User""", "Action::\"view\"", """Doc""", """{"who":{"type":"User","id":"b"},"kind":{"type":"Kind","id":"z"}}""", """cedar.entity.enum""")]
    [InlineData("""User""", "Action::\"view\"", """Doc""", """{"who":{"type":"User","id":"b"},"x":1}""", """cedar.value.unexpected""")]
    [InlineData("""Team""", "Action::\"view\"", """Doc""", """{"who":{"type":"User","id":"b"}}""", """cedar.request.principal""")]
    [InlineData("""User""", "Action::\"view\"", """Team""", """{"who":{"type":"User","id":"b"}}""", """cedar.request.resource""")]
    [InlineData("Nope", "Action::\"view\"", "Doc", "{\"who\":{\"type\":\"User\",\"id\":\"b\"}}", "cedar.request.type")]
    [InlineData("""Action""", "Action::\"view\"", """Doc""", """{"who":{"type":"User","id":"b"}}""", """cedar.request.type""")]
    [InlineData("User", "Action::\"all\"", "Doc", "{}", "cedar.request.principal")]
    [InlineData("User", "Action::\"nope\"", "Doc", "{}", "cedar.request.action")]
    [InlineData("User", "N::Action::\"view\"", "Doc", "{}", "cedar.request.action")]
    public void A_request_conforms_or_is_refused(
        string principal, string action, string resource, string context, string? code)
    {
        var uid = Given.Uid(action);
        var byType = CedarRecord.ParseJson(context, Schema, uid);
        var request = new Request(
            new EntityUid(principal, "x"), uid, new EntityUid(resource, "x"),
            byType.TryGetValue(out var record) ? record : CedarRecord.ParseJson(Escaped(context)).Value);
        Assert.Equal(code, (byType.Succeeded ? null : byType.Errors[0].Code) ?? Schema.FindFault(request)?.Code);
        Assert.Equal(code, Schema.FindFault(request)?.Code);
    }

    [Theory]
    [InlineData("Nope", "view", "Doc", 2)]
    [InlineData("Team", "view", "Doc", 2)]
    [InlineData("User", "nope", "Doc", 3)]
    [InlineData("User", "view", "Nope", 4)]
    [InlineData("User", "view", "Team", 4)]
    public void A_written_request_is_refused_at_the_line_of_what_is_wrong(
        string principal, string action, string resource, int line)
    {
        var text = $$"""
            {
              "principal": "{{principal}}::\"x\"",
              "action": "Action::\"{{action}}\"",
              "resource": "{{resource}}::\"x\"",
              "context": { "who": { "type": "User", "id": "b" } }
            }
            """;
        Assert.Equal(line, Assert.Single(Request.ParseJson(text, Schema).Errors).Position.Line);
    }

    [Theory]
    [InlineData("principal", "z")]
    [InlineData("resource", "z")]
    public void An_enumeration_has_only_its_ids_in_a_request(string role, string id)
    {
        var schema = CedarSchema.ParseText(
            "entity K enum [\"x\"]; action a appliesTo { principal: K, resource: K };").Value;
        var request = new Request(
            new EntityUid("K", role == "principal" ? id : "x"), Given.Uid("Action::\"a\""),
            new EntityUid("K", role == "resource" ? id : "x"), CedarRecord.Empty);
        Assert.Equal(
            $"expected an id that the enumeration K has, found K::\"z\" at {role} [cedar.entity.enum]",
            schema.FindFault(request)!.ToString());
    }

    [Fact]
    public void A_fault_in_values_that_were_made_in_code_has_its_path()
    {
        var entity = new Entity(
            Given.Uid("User::\"a\""),
            new RecordBuilder().Add("name", "n").Add(
                "address", new RecordBuilder().Add("street", "s").Add("zip", "12").Build()).Build(),
            []);
        Assert.Equal(
            "expected Long, found a value of type string at User::\"a\".address.zip [cedar.value.type]",
            Schema.FindFault(entity, new HashSet<EntityUid>())!.ToString());
    }

    static string? CodeOf(ParseResult<EntityStore> result) => result.Succeeded ? null : result.Errors[0].Code;

    static string User(string attribute) =>
        "[{\"uid\":{\"type\":\"User\",\"id\":\"a\"},\"parents\":[],\"attrs\":{\"name\":\"n\"," + attribute + "}}]";

    // Without a schema an entity needs its escape.
    static string Escaped(string context)
    {
        var root = JsonNode.Parse(context)!.AsObject();
        foreach (var (name, value) in root.ToList())
            if (value is JsonObject uid)
                root[name] = new JsonObject { ["__entity"] = uid.DeepClone() };
        return root.ToJsonString();
    }
}
