using System.Collections.Immutable;
using System.Text;
using Writ.Shell.Knowledge;

namespace Writ.Shell.Tests.Knowledge;

/// <summary>A saved plan does what is in it; what is not known of it is never taken for nothing.</summary>
public sealed class PlanTests
{
    // number of terraform's action; what it is called; the effects of it
    public static TheoryData<int, string?, string> Actions => new()
    {
        { 0, null, "infra.read" },
        { 1, "create", "infra.read infra.write" },
        { 2, null, "infra.read" },
        { 3, "update", "infra.read infra.write" },
        { 5, "delete", "infra.read infra.delete" },
        { 6, "replace", "infra.read infra.delete infra.write" },
        { 7, "replace", "infra.read infra.delete infra.write" },
        { 8, "forget", "infra.read infra.write" },
    };

    [Theory]
    [MemberData(nameof(Actions))]
    public void Each_action_has_its_effects(int action, string? word, string effects)
    {
        var plan = PlanReader.Read(Plan(Change("module.a.x[\"p q\"]", action)));
        Assert.Null(plan.Doubt);
        Assert.Equal(word is null ? [] : [new PlannedChange("module.a.x[\"p q\"]", word)], plan.Changes);
        var judged = Judge("terraform apply -auto-approve p.tfplan", plan);
        Assert.Empty(judged.Unknown);
        Assert.Equal(
            effects.Split(' ').Append("fs.read").Order(StringComparer.Ordinal),
            judged.Effects.Select(e => e.Verb).Distinct().Order(StringComparer.Ordinal));
        if (word is not null)
            Assert.Contains(judged.Effects, e => e.Object == "module.a.x[\"p q\"]");
    }

    public static TheoryData<string, byte[], string> Doubtful => new()
    {
        { "an unknown action", Plan(Change("a.b", 9)), "an action that this version does not know" },
        { "an unknown part", [.. Plan(Change("a.b", 1)), .. Field(30, "x")], "a part that this version does not know" },
        { "deferred changes", [.. Plan(), .. Field(27, "x")], "a part that this version does not know" },
        { "an error", [.. Plan(Change("a.b", 1)), .. Number(20, 1)], "in spite of an error" },
        { "another version", [.. Number(1, 4)], "another version" },
        { "no version", [], "another version" },
        { "cut off", Plan(Change("a.b", 1))[..^5], "damaged" },
        { "not a message", [0xFF, 0xFF, 0xFF], "damaged" },
        { "too many", Plan([.. Enumerable.Range(0, 101).Select(i => Change($"a.b[{i}]", 1))]), "more changes" },
    };

    [Theory]
    [MemberData(nameof(Doubtful))]
    public void A_doubtful_plan_may_change_and_delete_anything(string what, byte[] bytes, string why)
    {
        var plan = PlanReader.Read(bytes);
        Assert.True(plan.Doubt?.Contains(why, StringComparison.Ordinal), $"{what}: {plan.Doubt}");
        var judged = Judge("terraform apply p.tfplan", plan);
        Assert.NotEmpty(judged.Unknown);
        Assert.Contains(judged.Effects, e => e is { Verb: "infra.delete", Object: "p.tfplan" });
    }

    // line; whether its plan is found
    public static TheoryData<string, bool> Lines => new()
    {
        { "terraform apply p.tfplan", true },
        { "tofu apply ./p.tfplan", true },
        { "terraform -chdir=. apply p.tfplan", true },
        { "cd /w && terraform apply p.tfplan", true },
        { "terraform apply other.tfplan", false },
        { "cd sub && terraform apply p.tfplan", false },
        { "terraform -chdir=sub apply p.tfplan", false },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public void Only_the_file_that_is_named_counts(string line, bool isFound)
    {
        var judged = Judge(line, PlanReader.Read(Plan(Change("a.b", 1))));
        Assert.Equal(isFound, judged.Unknown.IsEmpty);
        Assert.Equal(isFound, judged.Effects.Any(e => e is { Verb: "infra.write", Object: "a.b" }));
        Assert.Equal(!isFound, judged.Effects.Any(e => e.Verb == "infra.delete"));
    }

    [Fact]
    public void A_plan_whose_name_is_not_known_is_not_understood() =>
        Assert.NotEmpty(Judge("terraform apply \"$PLAN\"", PlanReader.Read(Plan())).Unknown);

    [Fact]
    public void Provisioners_run_programs()
    {
        var judged = Judge("terraform apply p.tfplan", PlanReader.Read(Plan()) with { RunsCode = true });
        Assert.Contains(judged.Effects, e => e.Verb == "code.run");
    }

    [Fact]
    public void Reading_never_fails_whatever_the_bytes_are()
    {
        var random = new Random(5);
        var whole = Plan(Change("a.b", 1), Change("a.c", 6));
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = whole.ToArray();
            for (var changes = random.Next(1, 6); changes > 0; changes--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            Assert.NotNull(PlanReader.Read(bytes.AsSpan(0, random.Next(bytes.Length + 1))));
        }
    }

    static JudgedLine Judge(string line, PlanFact plan) => LineJudge.Judge(
        ProgramKnowledge.Shipped, line, new LineCircumstances("/w", "/home/a", "/w")
        {
            Plans = ImmutableDictionary<string, PlanFact>.Empty.Add("/w/p.tfplan", plan),
        });

    static byte[] Plan(params byte[][] changes) =>
        [.. Number(1, 3), .. changes.SelectMany(c => Field(3, c)), .. Field(14, "1.11.4"), .. Number(26, 1)];

    static byte[] Change(string address, int action) =>
        [.. Field(8, "provider"), .. Field(9, [.. Number(1, action), .. Field(2, "value")]), .. Field(13, address)];

    static byte[] Field(int number, string text) => Field(number, Encoding.UTF8.GetBytes(text));

    static byte[] Field(int number, byte[] bytes) =>
        [.. Varint((number << 3) | 2), .. Varint(bytes.Length), .. bytes];

    static byte[] Number(int number, int value) => [.. Varint(number << 3), .. Varint(value)];

    static IEnumerable<byte> Varint(int value)
    {
        for (var left = (uint)value; ; left >>= 7)
        {
            if (left < 0x80)
            {
                yield return (byte)left;
                yield break;
            }
            yield return (byte)(left | 0x80);
        }
    }
}
