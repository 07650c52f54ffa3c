namespace Writ.Cedar.Tests;

public sealed class EntityStoreTests
{
    static readonly EntityUid Alice = Given.Uid("User::\"alice\"");

    [Fact]
    public void Integers_are_exact()
    {
        var store = EntityStore.ParseJson(
            """
            [{"uid":{"type":"A","id":"a"},"parents":[],
              "attrs":{"max":9223372036854775807,"min":-9223372036854775808}}]
            """);
        var attributes = store.Value.Find(new EntityUid("A", "a"))!.Attributes;
        Assert.Equal("""{"max": 9223372036854775807, "min": -9223372036854775808}""", attributes.ToString());
    }

    [Fact]
    public void Escapes_are_resolved()
    {
        var record = CedarRecord.ParseJson("""
            { "ip": { "__extn": { "fn": "ip", "arg": "10.0.0.0/8" } },
              "who": { "__entity": { "type": "User", "id": "alice" } },
              "at": { "__extn": { "fn": "offset", "args": [ { "__extn": { "fn": "datetime", "arg": "1970-01-01" } },
                                                            { "__extn": { "fn": "duration", "arg": "5ms" } } ] } },
              "set": [1, 1, { "a": [] }] }
            """).Value;
        Assert.Equal(
            """{"ip": ip("10.0.0.0/8"), "who": User::"alice", "at": datetime("1970-01-01").offset(duration("5ms")), """
            + "\"set\": [1, {\"a\": []}]}",
            record.ToString());
    }

    [Theory]
    [InlineData("1.0", "an integer of 64 bits, found the number 1.0")]
    [InlineData("1e3", "an integer of 64 bits, found the number 1e3")]
    [InlineData("9223372036854775808", "an integer of 64 bits, found the number 9223372036854775808")]
    [InlineData("null", "a value that Cedar has, found null")]
    [InlineData("{\"a\":1,\"a\":2}", "each attribute once, found it again")]
    [InlineData("{\"__entity\":{\"type\":\"if\",\"id\":\"x\"}}", "the name of an entity type, found \"if\"")]
    [InlineData("{\"__entity\":{\"type\":\"A\"}}", "an entity with type and id, found an object without one of them")]
    [InlineData("{\"__entity\":{\"type\":\"A\",\"id\":\"b\",\"id\":\"c\"}}", "an entity with the texts type and id")]
    [InlineData("{\"__entity\":\"A\",\"x\":1}", "an attribute, found a reserved name")]
    [InlineData("{\"__expr\":\"1\"}", "an attribute, found a reserved name")]
    [InlineData("{\"__extn\":{\"fn\":\"ip\",\"arg\":\"x\"}}", "a value of 'ip', found \"x\"")]
    [InlineData("{\"__extn\":{\"fn\":\"eval\",\"arg\":1}}", "an extension function, found \"eval\" at .v")]
    [InlineData("{\"__extn\":{\"fn\":\"ip\",\"args\":[]}}", "the arguments of 'ip', found 0")]
    [InlineData("\"\\ud800\"", "strings of whole Unicode characters, found an unpaired surrogate")]
    [InlineData("[1,]", "well-formed JSON, at most 64 deep")]
    public void A_value_that_Cedar_does_not_have_is_refused(string json, string expected)
    {
        var error = Assert.Single(CedarRecord.ParseJson($"{{\"v\":{json}}}").Errors);
        Assert.StartsWith("expected " + expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_with_half_a_character_is_no_json() =>
        Assert.Equal("cedar.json", CedarRecord.ParseJson("{\"v\":\"\ud800\"}").Errors[0].Code);

    [Fact]
    public void An_error_names_the_member()
    {
        var json = Given.EntitiesJson.Replace("\"Graz\"", "[2, 1.5]", StringComparison.Ordinal);
        var error = Assert.Single(EntityStore.ParseJson(json, "e.json").Errors);
        Assert.Equal(
            "e.json:4:38: expected an integer of 64 bits, found the number 1.5 at [0].attrs.home.city[1] [cedar.json]",
            error.ToString());
        Assert.Equal(
            """
              4 |                "home": { "city": [2, 1.5] }, "roles": ["dev", "ops"] },
                |                                      ^
            """,
            error.Excerpt);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("[{}]")]
    [InlineData("[{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":{}}]")]
    [InlineData("[{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":{},\"parents\":[],\"tag\":{}}]")]
    [InlineData("[{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":{},\"parents\":[],\"attrs\":{}}]")]
    [InlineData("[{\"uid\":\"A::\\\"a\\\"\",\"attrs\":{},\"parents\":[]}]")]
    [InlineData("[{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":[],\"parents\":[]}]")]
    [InlineData("")]
    public void A_document_of_another_shape_is_refused(string json) =>
        Assert.False(EntityStore.ParseJson(json).Succeeded);

    [Fact]
    public void Deep_json_is_refused()
    {
        var json = new string('[', 100_000);
        Assert.Equal("cedar.json", CedarRecord.ParseJson($"{{\"a\":{json}").Errors[0].Code);
    }

    [Fact]
    public void An_entity_appears_once() =>
        Assert.Equal("cedar.entity.duplicate",
            EntityStore.Create([Given.Entity("A::\"a\""), Given.Entity("A::\"a\"")]).Errors[0].Code);

    [Fact]
    public void An_entity_appears_once_over_all_layers() =>
        Assert.Equal("cedar.entity.duplicate",
            Given.Entities.With(Given.Entity("User::\"alice\"")).Errors[0].Code);

    [Theory]
    [InlineData("A>A")]
    [InlineData("A>B B>A")]
    [InlineData("A>B B>C C>D D>B")]
    public void A_cycle_of_parents_is_refused(string edges)
    {
        var entities = edges.Split(' ').Select(edge => Given.Entity($"{edge[0]}::\"x\"", $"{edge[2]}::\"x\""));
        Assert.Equal("cedar.entity.cycle", EntityStore.Create(entities).Errors[0].Code);
    }

    [Fact]
    public void Two_ways_to_one_ancestor_are_no_cycle()
    {
        var store = EntityStore.Create(
        [
            Given.Entity("A::\"x\"", "B::\"x\"", "C::\"x\""), Given.Entity("B::\"x\"", "D::\"x\""),
            Given.Entity("C::\"x\"", "D::\"x\""), Given.Entity("D::\"x\"", "E::\"x\""),
        ]).Value;
        Assert.True(store.IsIn(Given.Uid("A::\"x\""), Given.Uid("E::\"x\"")));
        Assert.False(store.IsIn(Given.Uid("D::\"x\""), Given.Uid("A::\"x\"")));
    }

    [Fact]
    public void A_long_chain_of_parents_is_followed_without_recursion_and_up_to_a_limit()
    {
        Assert.True(EntityStore.Create(Chain(1_000)).Succeeded);
        Assert.Equal("cedar.limit.ancestors", EntityStore.Create(Chain(CedarLimits.AncestorsMax + 2)).Errors[0].Code);

        // The last entity first, so that its ancestors are found by walking all the way.
        static IEnumerable<Entity> Chain(int length) =>
            Enumerable.Range(0, length).Select(i => Given.Entity($"A::\"{i}\"", $"A::\"{i + 1}\""));
    }

    [Fact]
    public void A_layer_adds_entities_and_leaves_the_store_below_as_it_was()
    {
        var bob = Given.Entity("User::\"bob\"", "Team::\"sre\"");
        var layered = Given.Entities.With(bob).Value;
        Assert.True(layered.IsIn(bob.Uid, Given.Uid("Team::\"all\"")));
        Assert.True(layered.IsIn(Alice, Given.Uid("Team::\"all\"")));
        Assert.Null(Given.Entities.Find(bob.Uid));
        Assert.Equal(Given.Entities.Count + 1, layered.Count);
        Assert.Equal(layered.Count, layered.Entities.Count());
    }

    [Fact]
    public void An_entity_that_was_named_as_a_parent_may_arrive_in_a_layer_with_parents_of_its_own()
    {
        var layered = Given.Entities.With(Given.Entity("Team::\"all\"", "Org::\"acme\"")).Value;
        Assert.True(layered.IsIn(Alice, Given.Uid("Org::\"acme\"")));
        Assert.False(Given.Entities.IsIn(Alice, Given.Uid("Org::\"acme\"")));
    }

    [Fact]
    public void A_layer_cannot_close_a_cycle_with_what_is_below() =>
        Assert.Equal("cedar.entity.cycle",
            Given.Entities.With(Given.Entity("Team::\"all\"", "User::\"alice\"")).Errors[0].Code);

    [Fact]
    public void Layers_stack()
    {
        var store = Given.Entities
            .With(Given.Entity("T::\"1\"", "User::\"alice\"")).Value
            .With(Given.Entity("T::\"2\"", "T::\"1\"")).Value;
        Assert.True(store.IsIn(Given.Uid("T::\"2\""), Given.Uid("Team::\"all\"")));
        Assert.Same(store, store.With().Value);
    }

    [Theory]
    [InlineData("cedar.entity.cycle", 2, "A::\"b\" among its own ancestors")]
    [InlineData("cedar.entity.duplicate", 3, "A::\"c\" again")]
    public void What_is_wrong_between_entities_is_told_at_one_of_them(string code, int line, string found)
    {
        var json = code == "cedar.entity.cycle"
            ? """
              [{"uid":{"type":"A","id":"a"},"attrs":{},"parents":[{"type":"A","id":"b"}]},
               {"uid":{"type":"A","id":"b"},"attrs":{},"parents":[{"type":"A","id":"b"}]}]
              """
            : """
              [{"uid":{"type":"A","id":"c"},"attrs":{},"parents":[]},
               {"uid":{"type":"A","id":"b"},"attrs":{},"parents":[]},
               {"uid":{"__entity":{"type":"A","id":"c"}},"attrs":{},"parents":[]}]
              """;
        var error = Assert.Single(EntityStore.ParseJson(json, "entities.json").Errors);
        Assert.Equal((code, line, found), (error.Code, error.Position.Line, error.Found));
        Assert.Equal("entities.json", error.FileName);
        Assert.Contains("\"uid\"", error.Excerpt, StringComparison.Ordinal);
    }
}
