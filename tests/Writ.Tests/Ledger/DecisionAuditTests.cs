using System.Text;
using Writ.Realms;
using Writ.Requests;
using Writ.Wire;

namespace Writ.Tests.Ledger;

/// <summary>An audit believes no outcome: it takes the moves and decides again.</summary>
public sealed class DecisionAuditTests
{
    public static TheoryData<string, string> Forgeries => new()
    {
        { "an event is left out", "audit.decided-otherwise" },
        { "an event is invented", "audit.decided-otherwise" },
        { "a refusal becomes a yes", "audit.decided-otherwise" },
        { "a refusal has other words", "audit.decided-otherwise" },
        { "a yes becomes a refusal", "audit.decided-otherwise" },
        { "an approval has another signature", "audit.decided-otherwise" },
        { "a sponsor approves", "audit.decided-otherwise" },
        { "time runs backwards", "audit.time" },
        { "an entry is left out", "audit.decided-otherwise" },
    };

    [Theory]
    [MemberData(nameof(Forgeries))]
    public void A_forgery_is_named_by_its_entry(string forgery, string code)
    {
        var (entries, at) = Forge(Story(), forgery);
        var audit = new DecisionAudit();
        var fault = entries.Select(e => audit.Take(e.ToBytes().Span)).First(f => f is not null)!;
        Assert.Equal((at, code), (fault.Index, fault.Code));
        Assert.Equal(at, audit.Next);
    }

    [Fact]
    public void What_the_audit_counts_is_what_happened()
    {
        var world = Story();
        var audit = new DecisionAudit();
        Assert.All(world.Entries, e => Assert.Null(audit.Take(e.ToBytes().Span)));
        var tally = audit.Tally;
        Assert.Equal(world.Entries.Count, tally.Entries);
        Assert.Equal(world.Entries.Count(e => e.Data.Refusal is not null), tally.Refusals);
        Assert.Equal(1, tally.Verdicts);
        Assert.Equal(world.State.Registry.Policy.Digest, tally.PolicyDigest);
        Assert.Equal(
            Canonical.Bytes(RealmSnapshot.Of(world.State), WireJson.Default.RealmSnapshot).ToArray(),
            Canonical.Bytes(RealmSnapshot.Of(audit.State), WireJson.Default.RealmSnapshot).ToArray());
    }

    [Theory]
    [InlineData("{}", "audit.not-an-entry")]
    [InlineData("[]", "audit.not-an-entry")]
    [InlineData("{ }", "audit.not-canonical")]
    [InlineData("", "audit.not-canonical")]
    public void What_is_no_entry_is_said_to_be_none(string text, string code) =>
        Assert.Equal(code, new DecisionAudit().Take(Encoding.UTF8.GetBytes(text))!.Code);

    [Fact]
    public void A_ledger_begins_with_its_realm() =>
        Assert.Equal("audit.decided-otherwise", new DecisionAudit().Take(Story().Entries[1].ToBytes().Span)!.Code);

    // Alice's session asks for something that waits, Alice may not approve it, Bob does.
    static World Story()
    {
        var world = World.WithEverybody();
        // Logged in beforehand, so that the request and its two dispositions are the last entries.
        world.As("bob");
        var request = world.Submit(world.OpenSession(), "terraform", "apply");
        world.Dispose(request, "alice");
        world.Dispose(request, "bob");
        return world;
    }

    static (List<Entry> Entries, long At) Forge(World world, string forgery)
    {
        var entries = world.Entries.ToList();
        var (own, others) = (entries.Count - 2, entries.Count - 1);
        Assert.NotNull(entries[own].Data.Refusal);
        Assert.Null(entries[others].Data.Refusal);
        var given = entries[others].Data.Events!.Value;
        switch (forgery)
        {
            case "an event is left out":
                return Put(others, entries[others].Data with { Events = given[..^1] });
            case "an event is invented":
                return Put(others, entries[others].Data with { Events = [.. given, given[0]] });
            case "a refusal becomes a yes":
                return Put(own, entries[own].Data with { Events = given, Refusal = null });
            case "a refusal has other words":
                var softer = entries[own].Data.Refusal! with { Why = "Not now." };
                return Put(own, entries[own].Data with { Refusal = softer });
            case "a yes becomes a refusal":
                var no = new Refusal("approval.self", "No.");
                return Put(others, entries[others].Data with { Events = null, Refusal = no });
            case "an approval has another signature":
                var dispose = (Approvals.ApprovalMove.Dispose)entries[others].Data.Move;
                return Put(others, entries[others].Data with
                {
                    Move = dispose with { Signature = Convert.ToBase64String(new byte[64]) },
                });
            case "a sponsor approves":
                return Put(others, entries[others].Data with { Actor = entries[own].Data.Actor });
            case "time runs backwards":
                entries[others] = entries[others] with { Time = World.Start.AddDays(-1) };
                return (entries, others);
            default:
                var submit = entries.FindIndex(e => e.Data.Move is RequestMove.Submit);
                entries.RemoveAt(submit);
                return (entries, submit);
        }

        (List<Entry>, long) Put(int at, EntryBody body)
        {
            entries[at] = entries[at] with { Data = body };
            return (entries, at);
        }
    }
}
