using System.Globalization;
using System.Text.Json.Nodes;
using Writ.Corpus;
using Writ.Testing;

namespace Writ.Cedar.Tests.Differential;

/// <summary>
/// The texts that extension values are made of, what their methods say, and patterns: many small questions to both
/// engines at once, each a policy of its own, so that reasons and errors tell them apart.
/// </summary>
public sealed class ValueDifferentialTests
{
    const int Sets = 60;
    const int PoliciesPerSet = 60;

    static readonly Dictionary<string, (string[] Seeds, string Letters, string[] Questions)> Kinds =
        new(StringComparer.Ordinal)
        {
            ["decimal"] = (
                [
                    "0.0", "1.5", "-1.5", "922337203685477.5807", "-922337203685477.5808",
                    "922337203685477.5808", "00.1", "1.", ".5", "-0.0", "+1.0", "1.23456", "1e1",
                    "99999999999999999999.0", "-.5", "0.00001",
                ],
                "0123456789.-+ e",
                ["{0} == {1}", "{0}.lessThan({1})", "{0}.greaterThanOrEqual({1})", "{0}.lessThanOrEqual({1})"]),
            ["ip"] = (
                [
                    "10.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "255.255.255.255/32", "1.2.3.4/33", "01.2.3.4", "1.2.3",
                    "::", "::1", "::1/128", "fe80::1/10", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::ffff:1.2.3.4",
                    "1::2::3", "12345::", "::g", "127.0.0.1/08", "ff02::1", "224.0.0.0/4", "::/0", "1.2.3.4/",
                    "::1%lo", "[::1]",
                    "a:b:c:d:e:f:1.2.3.4", "FFFF::", "127.255.255.255", "239.1.1.1", "::1/129", "1.2.3.4/ 8",
                    "1.2.3.4/+8",
                ],
                "0123456789abcdefF.:/%",
                [
                    "{0} == {1}", "{0}.isInRange({1})", "{0}.isIpv4()", "{0}.isIpv6()", "{0}.isLoopback()",
                    "{0}.isMulticast()", "{0}.isInRange({1}, {0})",
                ]),
            ["datetime"] = (
                [
                    "1970-01-01", "2024-02-29", "2023-02-29", "9999-12-31", "0000-01-01", "1969-12-31T23:59:59.999Z",
                    "2024-10-15T11:38:02Z", "2024-10-15T11:38:02.101Z", "2024-10-15T11:38:02+1134",
                    "2024-10-15T11:38:02.101-2359", "2024-10-15T11:38:02.101+2400", "2024-10-15T24:00:00Z",
                    "2024-10-15T23:59:60Z", "2024-10-15T11:38Z", "2024-10-15T11:38:02", "2024-10-15T11:38:02.1Z",
                    "2024-10-15t11:38:02Z", "2024-10-15 11:38:02Z", "2024-10-15T11:38:02+11:34", "2024-1-05",
                    "10000-01-01", "-0001-01-01", "2024-10-15T11:38:02.101+0060", "2024-00-10", "2024-04-31",
                    "2024-10-15T11:38:02.1011Z", "0000-01-01T00:00:00+2359",
                ],
                "0123456789-T:.Z+ tz",
                [
                    "{0} == {1}", "{0} < {1}", "{0}.toDate() == {1}", "{0}.toTime() > duration(\"1h\")",
                    "{0}.durationSince({1}) < duration(\"0ms\")", "{0}.offset(duration(\"-1ms\")) <= {1}",
                ]),
            ["duration"] = (
                [
                    "0ms", "1d2h3m4s5ms", "-1d", "90m", "1h1h", "1m1h", "", "-", "1", "ms", "1.5h", "+1h", "1D", "1 h",
                    "9223372036854775807ms", "9223372036854775808ms", "-9223372036854775808ms", "106751991167d",
                    "106751991168d", "--1h", "1ms1s", "00001h", "1d-2h", "153722867280912m", "9223372036854775s807ms",
                    "9223372036854775s808ms",
                ],
                "0123456789dhms-+.",
                [
                    "{0} == {1}", "{0} < {1}", "{0}.toDays() > 0", "{0}.toHours() < 0", "{0}.toMinutes() > 60",
                    "{0}.toSeconds() == {1}.toSeconds()", "{0}.toMilliseconds() >= {1}.toMilliseconds()",
                ]),
        };

    public static TheoryData<string> All => [.. Kinds.Keys, "like"];

    [Theory, Slow]
    [MemberData(nameof(All))]
    public void Both_engines_make_the_same_of_it(string kind)
    {
        using var official = OfficialEngine.Start();
        var seed = Environment.GetEnvironmentVariable("WRIT_DIFFERENTIAL_SEED") is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : 1;
        var (satisfied, failed) = (0, 0);
        for (var i = 0; i < Sets; i++)
        {
            var random = new Random(unchecked(seed * 1_000_003 + i));
            var policies = Enumerable.Range(0, PoliciesPerSet).ToDictionary(
                n => FormattableString.Invariant($"p{n}"),
                _ => $"permit (principal, action, resource) when {{ {Condition(kind, random)} }};");
            var answer = Here(policies);
            var expected = There(policies, official);
            satisfied += answer.Reasons.Length;
            failed += answer.Errors.Length;
            Assert.True(RecordedRequest.Describe(answer) == expected, Difference(policies, answer, expected));
        }
        Console.WriteLine($"seed {seed}, {kind}: {Sets * PoliciesPerSet} questions, {satisfied} true, {failed} errors");
        Assert.True(satisfied > Sets, "the questions are worth it");
    }

    static string Condition(string kind, Random random)
    {
        if (kind == "like")
            return $"\"{Letters(random, 6, isPattern: false)}\" like \"{Letters(random, 5, isPattern: true)}\"";
        var (seeds, letters, questions) = Kinds[kind];
        return string.Format(
            CultureInfo.InvariantCulture, questions[random.Next(questions.Length)], $"{kind}(\"{Varied()}\")",
            $"{kind}(\"{Varied()}\")");

        string Varied()
        {
            var text = seeds[random.Next(seeds.Length)];
            for (var i = random.Next(4) == 0 ? random.Next(1, 3) : 0; i > 0; i--)
            {
                var at = random.Next(text.Length + 1);
                text = random.Next(2) == 0 || text.Length == at
                    ? text.Insert(at, letters[random.Next(letters.Length)].ToString())
                    : text.Remove(at, 1);
            }
            return text;
        }
    }

    static string Letters(Random random, int most, bool isPattern)
    {
        string[] parts = isPattern
            ? ["a", "b", "*", "*", "\\*", "\\u{e9}", "\u00e9", "\\u{1F600}", "\\u{2a}", "\\\\", "\\\""]
            : ["a", "b", "a", "*", "\\u{e9}", "\u00e9", "\ud83d\ude00", "\\\\", "\\\""];
        return string.Concat(Enumerable.Range(0, random.Next(most + 1)).Select(_ => parts[random.Next(parts.Length)]));
    }

    static Answer Here(Dictionary<string, string> policies)
    {
        var text = string.Join('\n', policies.Select(p => $"@id(\"{p.Key}\") {p.Value}"));
        var set = PolicySet.Parse(text, PolicyIdSource.IdAnnotation);
        Assert.True(set.Succeeded, set.Succeeded ? "" : $"{set.Errors[0]}\n{set.Errors[0].Excerpt}");
        var somebody = new EntityUid("U", "u");
        return Authorizer.Decide(
            set.Value, new Request(somebody, new EntityUid("Action", "a"), somebody, CedarRecord.Empty),
            EntityStore.Create([]).Value);
    }

    static string There(Dictionary<string, string> policies, OfficialEngine official)
    {
        JsonObject Uid(string type) => Scenario.UidJson(type, "u");
        var answer = official.Ask(new JsonObject
        {
            ["policies"] = new JsonObject
            {
                ["staticPolicies"] = new JsonObject(policies.Select(
                    p => KeyValuePair.Create(p.Key, (JsonNode?)JsonValue.Create(p.Value)))),
                ["templates"] = new JsonObject(),
                ["templateLinks"] = new JsonArray(),
            },
            ["entities"] = new JsonArray(),
            ["requests"] = new JsonArray(new JsonObject
            {
                ["principal"] = Uid("U"),
                ["action"] = Scenario.UidJson("Action", "a"),
                ["resource"] = Uid("U"),
                ["context"] = new JsonObject(),
            }),
            ["texts"] = new JsonArray(),
            ["wantsJson"] = false,
        });
        Assert.True(answer["answers"] is not null, answer.ToJsonString());
        var one = answer["answers"]![0]!;
        return RecordedRequest.Describe(
            (string)one["decision"]!, one["reason"]!.AsArray().Select(r => (string)r!),
            one["errors"]!.AsArray().Select(r => (string)r!));
    }

    static string Difference(Dictionary<string, string> policies, Answer answer, string expected)
    {
        var here = RecordedRequest.Describe(answer);
        var (a, b) = (here.Split(' ', '[', ']').ToHashSet(), expected.Split(' ', '[', ']').ToHashSet());
        a.SymmetricExceptWith(b);
        // What is true for one and an error for the other is in both texts.
        return $"official {expected}\nhere     {here}\n"
            + string.Join('\n', policies.Where(p => a.Contains(p.Key)).Select(p => $"{p.Key} {p.Value}"));
    }
}
