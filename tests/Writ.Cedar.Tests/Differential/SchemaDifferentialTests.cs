using System.Text.Json;
using System.Text.Json.Nodes;
using Writ.Cedar.Tests.Schema;
using Writ.Testing;

namespace Writ.Cedar.Tests.Differential;

/// <summary>
/// Schemas, entities and requests against the official engine: what is accepted, what a schema's text is in JSON, and
/// what its names mean.
/// </summary>
public sealed class SchemaDifferentialTests
{
    const int Schemas = 1_500;
    const int Worlds = 150;

    static readonly int Seed = Environment.GetEnvironmentVariable("WRIT_DIFFERENTIAL_SEED") is { Length: > 0 } text
        ? int.Parse(text)
        : 1;

    [Fact, Slow]
    public void A_random_schema_is_accepted_and_means_what_the_official_engine_says()
    {
        using var official = OfficialEngine.Start();
        var accepted = 0;
        for (var i = 0; i < Schemas; i++)
        {
            var seed = unchecked(Seed * 1_000_003 + i);
            var text = new SchemaScenario(seed).Text;
            var answer = official.Ask(new JsonObject { ["ask"] = "schema", ["schema"] = text });
            var read = SchemaDocument.ParseText(text);
            var schema = read.Succeeded ? read.Value.Resolve() : new ParseResult<CedarSchema>(read.Errors);
            var why = schema.Succeeded ? "accepted here" : $"{schema.Errors[0]}";
            Assert.True((bool)answer["ok"]! == schema.Succeeded, $"seed {seed}: {why}\n{answer["error"]}\n{text}");
            if (!schema.TryGetValue(out var resolved))
                continue;
            accepted++;
            SchemaTextTests.AssertSame(answer["json"]!.ToJsonString(), read.Value.ToJson().Value);
            Assert.Equal(ResolvedSchema.Describe(answer["meant"]!.AsObject()), ResolvedSchema.Describe(resolved));
            var again = SchemaDocument.ParseText(read.Value.ToText().Value).Value.Resolve().Value;
            Assert.Equal(ResolvedSchema.Describe(resolved), ResolvedSchema.Describe(again));
        }
        Console.WriteLine($"seed {Seed}, {Schemas} schemas, {accepted} accepted");
        Assert.InRange(accepted, Schemas / 10, Schemas * 9 / 10);
    }

    [Fact, Slow]
    public void Entities_and_requests_conform_where_the_official_engine_says_so()
    {
        using var official = OfficialEngine.Start();
        var (asked, accepted) = (0, 0);
        for (var i = 0; i < Worlds; i++)
        {
            var seed = unchecked(Seed * 1_000_003 + i);
            var scenario = new Scenario(seed, requests: 4);
            var random = new Random(seed);
            var schema = CedarSchema.ParseText(scenario.Schema).Value;
            foreach (var entity in scenario.Entities)
            {
                var json = new JsonArray(Rewritten(entity!, random)).ToJsonString();
                Compare("entities", json, EntityStore.ParseJson(json, schema).Errors, "entities");
            }
            foreach (var recorded in scenario.Requests)
            {
                var request = Rewritten(recorded!, random).AsObject();
                Compare("request", request.ToJsonString(), Faults(request, schema), "request");
            }

            void Compare(string what, string json, IEnumerable<ParseError> errors, string member)
            {
                var question = new JsonObject
                {
                    ["ask"] = what,
                    ["schema"] = scenario.Schema,
                    [member] = JsonNode.Parse(json),
                };
                var answer = official.Ask(question);
                var here = errors.FirstOrDefault();
                Assert.True(
                    (bool)answer["ok"]! == here is null,
                    $"seed {seed}: {here}\n{answer["error"]}\n{json}\n{scenario.Schema}");
                asked++;
                accepted += here is null ? 1 : 0;
            }
        }
        Console.WriteLine($"seed {Seed}, {asked} entities and requests, {accepted} conform");
        Assert.InRange(accepted, asked / 10, asked * 9 / 10);
    }

    static IEnumerable<ParseError> Faults(JsonObject request, CedarSchema schema)
    {
        EntityUid Uid(string role) => new((string)request[role]!["type"]!, (string)request[role]!["id"]!);
        var context = CedarRecord.ParseJson(request["context"]!.ToJsonString(), schema, Uid("action"));
        if (!context.TryGetValue(out var record))
            return context.Errors;
        return schema.FindFault(new Request(Uid("principal"), Uid("action"), Uid("resource"), record)) is { } fault
            ? [fault]
            : [];
    }

    // Escapes are left out at random, and one time in two something is not as it was.
    static JsonNode Rewritten(JsonNode node, Random random)
    {
        var copy = WithoutEscapes(node.DeepClone(), random);
        if (random.Next(2) == 0)
            Damage(copy, random);
        return copy;
    }

    static JsonNode WithoutEscapes(JsonNode node, Random random)
    {
        switch (node)
        {
            case JsonObject { Count: 1 } escape when escape.ContainsKey("__entity") && random.Next(2) == 0:
                return escape["__entity"]!.DeepClone();
            case JsonObject { Count: 1 } escape when escape["__extn"] is JsonObject call && random.Next(2) == 0:
                var isText = call["arg"] is JsonValue text && text.GetValueKind() == JsonValueKind.String;
                return isText && random.Next(2) == 0 ? call["arg"]!.DeepClone() : call.DeepClone();
            case JsonObject record:
                foreach (var (name, value) in record.ToList())
                    if (value is not null)
                        record[name] = WithoutEscapes(value.DeepClone(), random);
                return record;
            case JsonArray list:
                return new JsonArray([.. list.Select(item => WithoutEscapes(item!.DeepClone(), random))]);
            default:
                return node;
        }
    }

    static void Damage(JsonNode root, Random random)
    {
        var places = new List<JsonObject>();
        Collect(root.AsObject().TryGetPropertyValue("attrs", out var inner) ? inner : root["context"]);
        if (places.Count == 0)
            return;
        var place = places[random.Next(places.Count)];
        var names = place.Select(pair => pair.Key).ToArray();
        if (names.Length == 0 || random.Next(4) == 0)
            place[random.Next(2) == 0 ? "extra" : "type"] = 1;
        else if (random.Next(3) == 0)
            place.Remove(names[random.Next(names.Length)]);
        else
            place[names[random.Next(names.Length)]] = random.Next(6) switch
            {
                0 => JsonValue.Create("text"),
                1 => JsonValue.Create(7),
                2 => JsonValue.Create(true),
                3 => new JsonArray(),
                4 => new JsonObject { ["type"] = "User", ["id"] = "nobody" },
                _ => new JsonObject { ["fn"] = "decimal", ["arg"] = "1.0" },
            };

        // What stands beside an escape, and more members of a name or a call, is refused here and ignored there.
        void Collect(JsonNode? node)
        {
            if (node is JsonArray list)
                foreach (var item in list)
                    Collect(item);
            if (node is not JsonObject record)
                return;
            string[] fixedMembers = ["__entity", "__extn", "fn", "id"];
            if (!fixedMembers.Any(record.ContainsKey))
                places.Add(record);
            foreach (var (_, value) in record)
                Collect(value);
        }
    }
}
