using System.Text;
using Writ.Requests;
using Writ.Runs;
using Writ.Testing;
using Writ.Wire;

namespace Writ.Tests.Wire;

public sealed class PlainEntryTests
{
    static readonly Dictionary<Type, object[]> _plain = new()
    {
        [typeof(string)] = ["", "x", "two words", "{[:,]}", "it's", "~!@#$%^&*()_+-=<>?/|`;.", new string('l', 5_000)],
    };

    static readonly Dictionary<Type, object[]> _wild = new()
    {
        [typeof(string)] =
        [
            "plain", "\"", "\\", "\n", "\t", "\u0001", "\u007f", "\u0080", "é", "\u202e", "\ud83d\ude00", "\uffff",
        ],
    };

    // Each move of a run with what comes of it.
    static readonly (Type Move, Type Event)[] _ofRuns =
    [
        (typeof(RequestMove.Execute), typeof(RunEvent.WritIssued)),
        (typeof(RunMove.Consume), typeof(RunEvent.WritConsumed)),
        (typeof(RunMove.RecordExecutions), typeof(RunEvent.ExecutionsRecorded)),
        (typeof(RunMove.End), typeof(RunEvent.Ended)),
    ];

    [Fact, Slow]
    public void What_is_written_at_once_is_what_is_written_in_order()
    {
        var (atOnce, ofRuns) = (0, 0);
        foreach (var pools in new[] { _plain, _wild, null })
            for (var seed = 0u; seed < 4_000; seed++)
            {
                var samples = new Samples(seed, pools);
                var entry = new Entry(
                    (string)samples.Of(typeof(string)), (string)samples.Of(typeof(string)),
                    (DateTimeOffset)samples.Of(typeof(DateTimeOffset)),
                    seed % 3 == 0 ? null : (string)samples.Of(typeof(string)),
                    new EntryBody(
                        (Actor)samples.Of(typeof(Actor.Agent)), (Move)samples.Of(typeof(RequestMove.Submit)),
                        [(Event)samples.Of(typeof(RequestEvent.Judged))], Refusal: null));
                foreach (var (move, happened) in _ofRuns)
                {
                    var ofRun = entry with
                    {
                        Data = new EntryBody(
                            (Actor)samples.Of(seed % 2 == 0 ? typeof(Actor.Host) : typeof(Actor.Agent)),
                            (Move)samples.Of(move), [(Event)samples.Of(happened)], Refusal: null),
                    };
                    if (PlainEntry.TryWrite(ofRun, out _))
                        ofRuns++;
                    Assert.Equal(Text(ofRun.ToBytesInOrder()), Text(ofRun.ToBytes()));
                }
                // As it is, and as most are: with nothing that another agent prepared, or is to carry out.
                foreach (var one in new[] { entry, Alone(entry) })
                {
                    if (PlainEntry.TryWrite(one, out _))
                        atOnce++;
                    Assert.Equal(Text(one.ToBytesInOrder()), Text(one.ToBytes()));
                }
            }
        // A third of the kinds of request goes this way, where all the text is plain and nothing is held.
        Assert.InRange(atOnce, 300, 6_000);
        // Of runs all but those with a script, where the text is plain.
        Assert.InRange(ofRuns, 8_000, 30_000);
    }

    [Fact, Slow]
    public void A_digest_at_once_is_the_digest_in_order()
    {
        var atOnce = 0;
        foreach (var pools in new[] { _plain, _wild, null })
            for (var seed = 0u; seed < 4_000; seed++)
            {
                var sample = (BoundFacts)new Samples(seed, pools).Of(typeof(BoundFacts));
                foreach (var facts in new[] { sample, sample with { Prepares = null, Prepared = null } })
                {
                    if (PlainEntry.Sha256Hex(facts) is not { } digest)
                        continue;
                    atOnce++;
                    Assert.Equal(Canonical.Sha256Hex(facts, WireJson.Default.BoundFacts), digest);
                }
            }
        Assert.InRange(atOnce, 300, 8_000);
    }

    [Fact, Slow]
    public void What_is_of_any_other_kind_is_written_in_order()
    {
        for (var seed = 0u; seed < 500; seed++)
        {
            var samples = new Samples(seed, _plain);
            var entry = new Entry("id", "writ://x", World.Start, null, new EntryBody(
                (Actor)samples.Of(typeof(Actor)), (Move)samples.Of(typeof(Move)),
                [(Event)samples.Of(typeof(Event))], null));
            Assert.Equal(Text(entry.ToBytesInOrder()), Text(entry.ToBytes()));
        }
        var refused = new Entry("id", "writ://x", World.Start, null, new EntryBody(
            new Actor.Agent(1, 2, "/x"), (Move)new Samples(1, _plain).Of(typeof(RequestMove.Submit)), null,
            new Refusal("session.unknown", "There is no such session.")));
        Assert.False(PlainEntry.TryWrite(refused, out _));
        Assert.Equal(Text(refused.ToBytesInOrder()), Text(refused.ToBytes()));
    }

    static Entry Alone(Entry entry)
    {
        var request = ((RequestMove.Submit)entry.Data.Move).Request with { Prepares = null, Prepared = null };
        return entry with { Data = entry.Data with { Move = new RequestMove.Submit(request) } };
    }

    static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
