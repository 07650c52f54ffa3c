using System.Diagnostics;
using System.Text;
using Writ.Cedar.Tests.Differential;
using Writ.Testing;

namespace Writ.Cedar.Tests;

/// <summary>
/// Broken inputs of every reader: right texts and documents with bytes changed, cut, doubled and swapped, and bytes of
/// nothing at all. Each is answered with a value or with errors, soon, and for little memory.
/// </summary>
public sealed class FuzzTests
{
    const int RoundsPerReader = 1_500;

    // Per input; generous, because the machine may be busy, and far below what a runaway would take.
    static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(5);
    const long AllocatedBytesMax = 64L << 20;

    static readonly Dictionary<string, Func<byte[], bool>> Readers = new(StringComparer.Ordinal)
    {
        ["policies"] = bytes => Agrees(PolicySet.Parse(Text(bytes))),
        ["JSON policies"] = bytes => Agrees(PolicySet.ParseJson(bytes)),
        ["entities"] = bytes => Agrees(EntityStore.ParseJson(bytes)),
        ["record"] = bytes => Agrees(CedarRecord.ParseJson(bytes)),
        ["request"] = bytes => Agrees(Request.ParseJson(Text(bytes))),
        ["schema"] = bytes => Agrees(CedarSchema.ParseText(Text(bytes))),
        ["JSON schema"] = bytes => Agrees(CedarSchema.ParseJson(Text(bytes))),
        ["formatter"] = Formats,
    };

    public static TheoryData<string> AllReaders => [.. Readers.Keys];

    [Theory, Slow]
    [MemberData(nameof(AllReaders))]
    public void Any_bytes_are_read_or_refused_soon_and_for_little(string reader)
    {
        var read = Readers[reader];
        var accepted = 0;
        for (var round = 0; round < RoundsPerReader; round++)
        {
            // Seeds of their own, so that one round can be seen again without the others.
            var random = new Random(round);
            var input = round % 20 == 0 ? Noise(random) : Mutated(Sample(reader, round % 40), random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var since = Stopwatch.GetTimestamp();
            try
            {
                accepted += read(input) ? 1 : 0;
            }
            catch (Exception fault)
            {
                Assert.Fail($"round {round}: {fault}\n{Convert.ToBase64String(input)}");
            }
            Assert.True(Stopwatch.GetElapsedTime(since) < TimeMax, $"round {round} takes too long");
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < AllocatedBytesMax, $"round {round} allocates {allocated} bytes");
        }
        // Nearly right inputs are what gets far into a reader; some of them are still right.
        Assert.InRange(accepted, 1, RoundsPerReader - 1);
    }

    [Theory, Slow]
    [InlineData("(", "")]
    [InlineData("!", "")]
    [InlineData("-", "")]
    [InlineData("[", "")]
    [InlineData("{a:", "")]
    [InlineData("if ", "")]
    [InlineData("a.", "")]
    [InlineData("x[\"a\"]", "")]
    [InlineData("1+", "1")]
    [InlineData("true&&", "true")]
    [InlineData("\"", "")]
    [InlineData("\\", "")]
    [InlineData("//", "")]
    [InlineData("@a", "")]
    [InlineData("A::", "\"x\"")]
    [InlineData("ip(", "")]
    public void A_text_of_one_piece_a_million_times_is_answered_soon(string piece, string end)
    {
        var body = new StringBuilder(1 << 20);
        while (body.Length < (1 << 20) - 200)
            body.Append(piece);
        var text = $"permit(principal, action, resource) when {{ {body}{end} }};";
        var since = Stopwatch.GetTimestamp();
        Assert.True(Agrees(PolicySet.Parse(text)) || true);
        Assert.True(Agrees(CedarSchema.ParseText(body + end)) || true);
        Assert.True(Formats(Encoding.UTF8.GetBytes(text)) || true);
        Assert.True(Stopwatch.GetElapsedTime(since) < 4 * TimeMax, "too long");
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{\"a\":")]
    [InlineData("{\"!\":{\"arg\":")]
    [InlineData("{\"&&\":{\"left\":")]
    [InlineData("[1,")]
    [InlineData("\"\\ud83d")]
    public void A_document_of_one_piece_a_million_times_is_answered_soon(string piece)
    {
        var json = new StringBuilder(1 << 20);
        while (json.Length < 1 << 20)
            json.Append(piece);
        var body = $"{{\"effect\":\"permit\",\"principal\":{{\"op\":\"All\"}},\"action\":{{\"op\":\"All\"}},"
            + $"\"resource\":{{\"op\":\"All\"}},\"conditions\":[{{\"kind\":\"when\",\"body\":{json}";
        var since = Stopwatch.GetTimestamp();
        foreach (var document in new[] { json.ToString(), body })
            foreach (var read in new[] { "JSON policies", "entities", "record", "JSON schema" })
                Assert.False(Readers[read](Encoding.UTF8.GetBytes(document)));
        Assert.True(Stopwatch.GetElapsedTime(since) < 4 * TimeMax, "too long");
    }

    static byte[] Sample(string reader, int seed)
    {
        var scenario = new Scenario(seed, 1);
        var text = string.Join('\n', scenario.Templates.Values.Concat(scenario.Policies.Values));
        return Encoding.UTF8.GetBytes(reader switch
        {
            "JSON policies" => PolicySet.Parse(text).Value.ToJson(),
            "entities" => scenario.Entities.ToJsonString(),
            "record" => scenario.Requests[0]["context"]!.ToJsonString(),
            "request" => scenario.Requests[0].ToJsonString(),
            "schema" => scenario.Schema,
            "JSON schema" => SchemaDocument.ParseText(scenario.Schema).Value.ToJson().Value,
            _ => text,
        });
    }

    static byte[] Noise(Random random)
    {
        var bytes = new byte[random.Next(2_000)];
        random.NextBytes(bytes);
        return bytes;
    }

    static byte[] Mutated(byte[] sample, Random random)
    {
        var bytes = new List<byte>(sample);
        for (var change = random.Next(4); change >= 0 && bytes.Count > 1; change--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 20), bytes.Count - at);
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                case 3:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 4:
                    bytes.Insert(at, (byte)"{}[]()\"\\:,;.@?-!"[random.Next(16)]);
                    break;
                case 5:
                    bytes.InsertRange(at, Enumerable.Repeat(bytes[at], random.Next(1, 500)));
                    break;
                default:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }
        return [.. bytes];
    }

    static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    // A result has a value or errors, never both; every error can be shown.
    static bool Agrees<T>(ParseResult<T> result)
        where T : class
    {
        Assert.True(result.Succeeded != result.Errors.Count > 0);
        Assert.InRange(result.Errors.Count, 0, CedarLimits.ErrorsMax);
        foreach (var error in result.Errors)
            Assert.InRange(DiagnosticText.Of(error).Length, 1, 3_000);
        return result.Succeeded;
    }

    // What is formatted once is formatted for good; that the meaning stays is what the formatter checks itself.
    static bool Formats(byte[] bytes)
    {
        var formatted = PolicyFormatter.Format(Text(bytes));
        Assert.All(formatted.Errors, error => Assert.NotEqual("cedar.format.unsafe", error.Code));
        if (formatted.Succeeded)
            Assert.Equal(formatted.Value, PolicyFormatter.Format(formatted.Value).Value);
        return formatted.Succeeded;
    }
}
