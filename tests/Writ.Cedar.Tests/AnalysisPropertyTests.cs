namespace Writ.Cedar.Tests;

/// <summary>
/// No analysis is wrong: a witness does what it is said to, and where there is said to be none, requests made at random
/// find none.
/// </summary>
public sealed class AnalysisPropertyTests
{
    const int Worlds = 160;
    const int RequestsPerWorld = 60;
    const int Chunks = 4;

    public static TheoryData<int> AllChunks => [.. Enumerable.Range(0, Chunks)];

    [Theory]
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
            if (more is Finding.Yes(var witness))
                Assert.True(!Allows(before, witness.Request, witness.Entities) && Allows(after, witness.Request, witness.Entities), place);
            if (matters is Finding.Yes(var use))
                Assert.True(Allows(before, use.Request, use.Entities) != Allows(without, use.Request, use.Entities), place);
            certain += new[] { more, first, matters }.Count(finding => finding is not Finding.Bounded);
            for (var i = 0; i < RequestsPerWorld; i++)
            {
                var request = random.Request();
                var full = store.With([.. random.Store().Entities.Where(entity => entity.Uid.Type != "Action")]).Value;
                Assert.False(more is Finding.No && !Allows(before, request, full) && Allows(after, request, full), place);
                var answer = Authorizer.Decide(before, request, full);
                var applies = answer.SatisfiedPermits.Concat(answer.SatisfiedForbids).Any(policy => policy.Id == "policy0");
                Assert.False(first is Finding.No && applies, place);
                Assert.False(
                    matters is Finding.No && Allows(before, request, full) != Allows(without, request, full), place);
            }
        }
        // Most of what is made here is understood.
        Assert.InRange(certain, Worlds / Chunks * 3 / 2, Worlds / Chunks * 3);
    }

    static PolicySet Set(RandomWorld random) => PolicySet.Parse(random.Policies(1 + random.Roll(4))).Value;

    static string Text(PolicySet set) => string.Join('\n', set.Policies.Select(policy => policy.Text));
}
