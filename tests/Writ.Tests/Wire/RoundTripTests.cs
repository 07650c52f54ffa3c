using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Writ.Realms;
using Writ.Wire;

namespace Writ.Tests.Wire;

public sealed class RoundTripTests
{
    // What has been written into ledgers once is read for ever: names are added here, never changed or taken away.
    const string Moves =
        "realm.create realm.tick realm.finding person.invite person.enrol person.log-in person.log-out person.offboard "
        + "change.stage change.propose change.review session.open session.close session.attach session.prompt "
        + "session.take-in request.submit request.allow request.execute request.report approval.dispose run.consume "
        + "run.executions run.egress run.end lease.intend lease.issue lease.renew lease.revoke lease.confirm "
        + "lease.fail hold.open hold.go hold.withdraw "
        + "tree.record tree.commit tree.discard tree.undo tree.settle "
        + "identity.publish identity.retire identity.rotate identity.issue finding.review finding.report "
        + "finding.accept kill.order kill.complete kill.resume "
        + "foreign.exchange person.sign-in";

    const string Events =
        "realm.created realm.finding-raised person.invited person.enrolled person.logged-in person.logged-out "
        + "person.offboarded change.staged change.proposed change.reviewed change.applied change.closed session.opened "
        + "session.ended session.attached session.prompt-recorded session.taken-in request.judged request.allowed "
        + "request.closed request.reported approval.given approval.completed writ.issued writ.consumed "
        + "run.executions-recorded run.egress-recorded run.ended lease.requested lease.intent-recorded "
        + "lease.issued lease.renewed lease.revocation-begun lease.revocation-failed lease.ended hold.let-go "
        + "tree.recorded tree.commit-ordered tree.undo-ordered tree.settled "
        + "tree.rest-dropped tree.forgotten identity.published identity.retired identity.rotated identity.issued "
        + "finding.raised finding.settled finding.accepted "
        + "kill.ordered kill.completed kill.resumed foreign.exchanged person.signed-in";

    // Whatever is derived would be under the digests too, and a later version that derives it otherwise, or not at all,
    // could not decide an old ledger again.
    [Fact]
    public void Nothing_that_is_derived_is_written()
    {
        var (seen, derived) = (new HashSet<Type>(), new SortedSet<string>(StringComparer.Ordinal));
        Look(typeof(EntryContent));
        Look(typeof(RealmDocument));
        // Written since the first version, and read for ever.
        Assert.Equal(["Request.argv"], derived);
        Assert.InRange(seen.Count, 100, 1_000);

        void Look(Type type)
        {
            if (!seen.Add(type) || WireJson.Default.GetTypeInfo(type) is not { } info)
                return;
            foreach (var one in info.PolymorphismOptions?.DerivedTypes ?? [])
                Look(one.DerivedType);
            if (info.ElementType is { } element)
                Look(element);
            foreach (var property in info.Properties)
            {
                Look(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType);
                if (property is { Set: null, AssociatedParameter: null, Get: not null })
                    derived.Add($"{type.Name}.{property.Name}");
            }
        }
    }

    public static TheoryData<Type> Cases =>
        [.. Samples.CasesOf(typeof(Move)), .. Samples.CasesOf(typeof(Event)), .. Samples.CasesOf(typeof(Actor))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_case_is_read_back_as_the_same_bytes(Type type)
    {
        for (var seed = 0u; seed < 40; seed++)
        {
            var value = new Samples(seed).Of(type);
            if (value is Move move)
                AssertRead(move, WireJson.Default.Move);
            else if (value is Event happened)
                AssertRead(happened, WireJson.Default.Event);
            else
                AssertRead((Actor)value, WireJson.Default.Actor);
        }
    }

    [Fact]
    public void An_entry_is_read_back_as_the_same_bytes()
    {
        for (var seed = 0u; seed < 100; seed++)
        {
            var samples = new Samples(seed);
            var entry = new Entry("id", "writ://x", World.Start, null, new EntryBody(
                (Actor)samples.Of(typeof(Actor)), (Move)samples.Of(typeof(Move)),
                [(Event)samples.Of(typeof(Event))], null));
            var bytes = entry.ToBytes().ToArray();
            Assert.Equal(bytes, Entry.FromBytes(bytes).ToBytes().ToArray());
        }
    }

    [Fact]
    public void Discriminators_are_frozen()
    {
        Assert.Equal(Moves.Split(' '), Names(typeof(Move)));
        Assert.Equal(Events.Split(' '), Names(typeof(Event)));
        Assert.Equal(["nobody", "person", "agent", "host", "remote"], Names(typeof(Actor)));
    }

    [Fact]
    public void No_case_is_without_a_name_and_no_name_is_used_twice()
    {
        foreach (var family in new[] { typeof(Move), typeof(Event), typeof(Actor) })
        {
            var declared = family.Assembly.GetTypes().Where(t => t.IsSubclassOf(family) && !t.IsAbstract);
            Assert.Empty(declared.Except(Samples.CasesOf(family)));
            Assert.Distinct(Names(family));
        }
    }

    [Theory]
    [InlineData("""{"kind":"realm.tick","extra":1}""")]
    [InlineData("""{"kind":"realm.unheard"}""")]
    [InlineData("""{"kind":"kill.order","kill":"k","scope":"everything","reason":""}""")]
    [InlineData("""{"kind":"kill.order","kill":"k","scope":7,"reason":""}""")]
    [InlineData("""{"kind":"person.log-out","login":null}""")]
    [InlineData("""{"kind":"person.invite","person":"x","codeDigest":"","expiresAt":"2026-01-01"}""")]
    public void What_is_not_a_move_is_not_read(string json) =>
        Assert.ThrowsAny<JsonException>(() => JsonSerializer.Deserialize(json, WireJson.Default.Move));

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"id":"x","source":"y","time":"2026-01-01T00:00:00.000Z","data":{}}""")]
    [InlineData("""{"id":"x","source":"y","time":"2026-01-01T00:00:00.000Z","data":{"actor":{"as":"host","part":"x"},"move":{}}}""")]
    public void What_is_not_an_entry_is_not_read(string json) =>
        Assert.ThrowsAny<JsonException>(() => Entry.FromBytes(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void A_document_with_anything_missing_or_wrong_is_refused_and_never_throws()
    {
        var text = Encoding.UTF8.GetString(
            Canonical.Bytes(Given.Document, WireJson.Default.RealmDocument).Span);
        var whole = JsonNode.Parse(text)!;
        var refused = 0;
        foreach (var path in Paths(whole))
            foreach (var instead in new[] { null, "null", "7", "\"\"", "[]", "[null]", "{}", "[{}]" })
            {
                RealmDocument? document;
                try
                {
                    document = JsonSerializer.Deserialize(Changed(text, path, instead), WireJson.Default.RealmDocument);
                }
                catch (JsonException)
                {
                    refused++;
                    continue;
                }
                var (registry, faults) = Registry.From(document!, []);
                Assert.Equal(registry is null, faults.Length > 0);
                refused += faults.Length > 0 ? 1 : 0;
            }
        Assert.True(refused > 200, $"only {refused} were refused");
    }

    // The steps to every member and every first item.
    static IEnumerable<string[]> Paths(JsonNode node) => node switch
    {
        JsonObject o => o.Where(m => m.Value is not null).SelectMany(
            m => Paths(m.Value!).Select(p => (string[])[m.Key, .. p]).Prepend([m.Key])),
        JsonArray { Count: > 0 } a when a[0] is { } first =>
            Paths(first).Select(p => (string[])["0", .. p]).Prepend(["0"]),
        _ => [],
    };

    static string Changed(string text, string[] path, string? instead)
    {
        var root = JsonNode.Parse(text)!;
        var at = root;
        foreach (var step in path[..^1])
            at = at is JsonArray ? at[0]! : at[step]!;
        if (at is JsonArray array)
            array.RemoveAt(0);
        else if (instead is null)
            at.AsObject().Remove(path[^1]);
        else
            at[path[^1]] = JsonNode.Parse(instead);
        return root.ToJsonString();
    }

    static void AssertRead<T>(T value, JsonTypeInfo<T> type)
    {
        var bytes = Canonical.Bytes(value, type).ToArray();
        var read = JsonSerializer.Deserialize(bytes, type)!;
        Assert.Equal(value!.GetType(), read.GetType());
        Assert.Equal(bytes, Canonical.Bytes(read, type).ToArray());
    }

    static IEnumerable<string> Names(Type family) =>
        family.GetCustomAttributes<JsonDerivedTypeAttribute>().Select(a => (string)a.TypeDiscriminator!);
}
