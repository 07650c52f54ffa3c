using System.IO.Compression;
using Writ.Corpus;
using Writ.Testing;

namespace Writ.Cedar.Tests;

/// <summary>
/// No analysis is wrong: a witness does what it is said to, and where there is said to be none, requests made at random
/// find none.
/// </summary>
public sealed class AnalysisPropertyTests
{
    const int Worlds = 120;
    const int RequestsPerWorld = 60;
    const int Chunks = 4;

    public static TheoryData<int> AllChunks => [.. Enumerable.Range(0, Chunks)];

    [Theory, Slow]
    [MemberData(nameof(AllChunks))]
    public void A_finding_agrees_with_requests_made_at_random(int chunk)
    {
        var certain = 0;
        for (var seed = chunk; seed < Worlds; seed += Chunks)
        {
            var random = new RandomWorld(seed);
            var (before, after) = (Set(random), Set(random));
            var store = EntityStore.Create(random.Store().Entities.Where(entity => entity.Uid.Type == "Action")).Value;
            var world = new AnalysisWorld { Entities = store, FailingForbidDenies = random.Roll(2) == 0 };
            bool Allows(PolicySet set, Request request, EntityStore full)
            {
                var answer = Authorizer.Decide(set, request, full);
                return answer.Decision == Decision.Allow
                    && !(world.FailingForbidDenies && answer.Errors.Any(error => error.Policy.Effect == Effect.Forbid));
            }
            var more = PolicyAnalysis.AllowsMore(before, after, world);
            var first = PolicyAnalysis.Applies(before, "policy0", world);
            var matters = PolicyAnalysis.Matters(before, "policy0", world);
            var without = PolicySet.Of([.. before.Policies.Skip(1)]);
            var place = $"seed {seed}\n{Text(before)}\nafter:\n{Text(after)}";
            if (more is Finding.Yes(var (asked, entities, _)))
                Assert.True(!Allows(before, asked, entities) && Allows(after, asked, entities), place);
            if (matters is Finding.Yes(var (used, with, _)))
                Assert.True(Allows(before, used, with) != Allows(without, used, with), place);
            certain += new[] { more, first, matters }.Count(finding => finding is not Finding.Bounded);
            for (var i = 0; i < RequestsPerWorld; i++)
            {
                var request = random.Request();
                var full = store.With([.. random.Store().Entities.Where(entity => entity.Uid.Type != "Action")]).Value;
                var (isOld, isNew) = (Allows(before, request, full), Allows(after, request, full));
                Assert.False(more is Finding.No && !isOld && isNew, place);
                var answer = Authorizer.Decide(before, request, full);
                var applies = answer.SatisfiedPermits.Concat(answer.SatisfiedForbids).Any(one => one.Id == "policy0");
                Assert.False(first is Finding.No && applies, place);
                Assert.False(
                    matters is Finding.No && Allows(before, request, full) != Allows(without, request, full), place);
            }
        }
        // Most of what is made here is understood.
        Assert.InRange(certain, Worlds / Chunks * 3 / 2, Worlds / Chunks * 3);
    }

    [Fact]
    public void A_finding_about_texts_agrees_with_all_short_texts()
    {
        var texts = Enumerable.Range(0, 7).SelectMany(length => Enumerable.Range(0, 1 << length).Select(bits =>
            string.Concat(Enumerable.Range(0, length).Select(i => (bits >> i & 1) == 0 ? 'a' : 'b')))).ToList();
        var (yes, no) = (0, 0);
        for (var seed = 0; seed < 600; seed++)
        {
            var random = new RandomWorld(seed);
            var condition = string.Join(" && ", Enumerable.Range(0, 2 + random.Roll(4)).Select(_ =>
            {
                var length = 1 + random.Roll(4);
                var text = string.Concat(Enumerable.Range(0, length).Select(_ => random.Pick("a", "b", "*")));
                return random.Roll(2) == 0 ? $"context.s like \"{text}\"" : $"!(context.s like \"{text}\")";
            }).Append("!(context.s like \"*d*\")"));
            var policies = Given.Policies($"permit(principal, action, resource) when {{ {condition} }};");
            var finding = PolicyAnalysis.Applies(policies, "policy0", AnalysisWorld.Anything);
            Assert.IsNotType<Finding.Bounded>(finding);
            _ = finding is Finding.Yes ? yes++ : no++;
            if (finding is Finding.No)
                Assert.DoesNotContain(texts, text => Authorizer.Decide(
                    policies, Given.Request with { Context = new RecordBuilder().Add("s", text).Build() },
                    EntityStore.Empty).Decision == Decision.Allow);
        }
        Assert.True(yes > 100 && no > 50, $"{yes} and {no}");
    }

    [Theory, Slow]
    [MemberData(nameof(AllChunks))]
    public void A_finding_about_a_policy_of_the_corpus_agrees_with_its_requests(int chunk)
    {
        const int step = 40;
        var path = SharedData.Require("data/cedar-corpus/packed/corpus-dev.jsonl.gz");
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        var (certain, all) = (0, 0);
        for (var i = 0; reader.ReadLine() is { } line; i++)
        {
            if (i % (step * Chunks) != chunk)
                continue;
            using var packed = PackedTest.Parse(line, $"line {i}");
            var policies = PolicySet.Parse(packed.Policy).Value;
            var schema = CedarSchema.ParseText(packed.Schema).Value;
            var finding = PolicyAnalysis.Applies(policies, "policy0", new AnalysisWorld { Schema = schema });
            var untyped = PolicyAnalysis.Applies(policies, "policy0", AnalysisWorld.Anything);
            all++;
            certain += finding is Finding.Bounded ? 0 : 1;
            if (finding is Finding.Yes(var witness))
                Assert.True(Satisfied(policies, witness.Request, witness.Entities), $"line {i}");
            if (finding is Finding.Yes(var typed))
                Assert.True(schema.FindFault(typed.Request) is null, $"line {i}: {schema.FindFault(typed.Request)}");
            var store = EntityStore.ParseJson(packed.Entities).Value;
            foreach (var recorded in packed.Requests)
            {
                var request = RecordedRequest.Read(recorded).Value;
                if (!Satisfied(policies, request, store))
                    continue;
                // Without a schema, actions are in nothing, unless the world says so.
                var namesGroup = packed.Policy.Contains("action in", StringComparison.Ordinal);
                Assert.False(untyped is Finding.No && !namesGroup, $"line {i}");
                Assert.False(finding is Finding.No && schema.FindFault(request) is null, $"line {i}");
            }
        }
        Assert.InRange(certain, all / 2, all);
    }

    static bool Satisfied(PolicySet policies, Request request, EntityStore store)
    {
        var answer = Authorizer.Decide(policies, request, store);
        return answer.SatisfiedPermits.Length + answer.SatisfiedForbids.Length > 0;
    }

    static PolicySet Set(RandomWorld random) => PolicySet.Parse(random.Policies(1 + random.Roll(4))).Value;

    static string Text(PolicySet set) => string.Join('\n', set.Policies.Select(policy => policy.Text));
}
