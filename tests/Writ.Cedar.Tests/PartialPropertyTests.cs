using System.Collections.Immutable;
using System.IO.Compression;
using Writ.Corpus;
using Writ.Testing;

namespace Writ.Cedar.Tests;

/// <summary>
/// Partial evaluation is sound: hide parts of a full request, evaluate partially, and what is left decides the full
/// request as the whole does. Random worlds, and the requests of the official corpus.
/// </summary>
public sealed class PartialPropertyTests
{
    const int Worlds = 6_000;
    const int CorpusStep = 3;
    const int Chunks = 8;

    public static TheoryData<int> AllChunks => [.. Enumerable.Range(0, Chunks)];

    [Theory, Slow]
    [MemberData(nameof(AllChunks))]
    public void What_is_left_of_a_random_world_decides_as_the_whole(int chunk)
    {
        for (var seed = chunk; seed < Worlds; seed += Chunks)
        {
            var world = new RandomWorld(seed);
            var policies = PolicySet.Parse(world.Policies(1 + world.Roll(4))).Value;
            var (store, request) = (world.Store(), world.Request());
            Check($"seed {seed}", world, policies, request, store);
        }
    }

    [Theory, Slow]
    [MemberData(nameof(AllChunks))]
    public void What_is_left_of_the_corpus_decides_as_the_whole(int chunk)
    {
        var path = SharedData.Require("data/cedar-corpus/packed/corpus-dev.jsonl.gz");
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        var (requests, typed) = (0, 0);
        for (var i = 0; reader.ReadLine() is { } line; i++)
        {
            if (i % (CorpusStep * Chunks) != chunk)
                continue;
            using var packed = PackedTest.Parse(line, $"line {i}");
            var policies = PolicySet.Parse(packed.Policy).Value;
            var store = EntityStore.ParseJson(packed.Entities).Value;
            var schema = CedarSchema.ParseText(packed.Schema).Value;
            foreach (var recorded in packed.Requests)
            {
                var request = RecordedRequest.Read(recorded).Value;
                Check($"line {i}", new RandomWorld(i), policies, request, store);
                requests++;
                if (schema.FindFault(request) is not null || !Conforms(schema, store))
                    continue;
                Check($"line {i} with its schema", new RandomWorld(i), policies, request, store, schema);
                typed++;
            }
        }
        Assert.InRange(requests, 1_000, 3_000);
        Assert.InRange(typed, requests / 2, requests);
    }

    static bool Conforms(CedarSchema schema, EntityStore store) => store.Entities.All(entity => schema.FindFault(
        entity, store.Entities.Select(other => other.Uid)
            .Where(other => !other.Equals(entity.Uid) && store.IsIn(entity.Uid, other)).ToHashSet()) is null);

    static void Check(
        string name, RandomWorld world, PolicySet policies, Request request, EntityStore store,
        CedarSchema? schema = null)
    {
        var (partial, entities) = (Hide(world, request) with { Schema = schema }, Hide(world, store));
        var answer = PartialAuthorizer.Decide(policies, partial, entities);
        var whole = Authorizer.Decide(policies, request, store);
        var left = Authorizer.Decide(answer.Residual, request, store);
        var place = $"{name}\n{string.Join('\n', policies.Policies.Select(policy => policy.Text))}\nleft:\n"
            + string.Join('\n', answer.Residual.Policies.Select(policy => $"{policy.Id}: {policy.Text}"));
        Assert.True(RecordedRequest.Describe(whole) == RecordedRequest.Describe(left),
            $"{place}\nwhole {RecordedRequest.Describe(whole)}, left {RecordedRequest.Describe(left)}");
        Assert.True(answer.Decision is null || answer.Decision == whole.Decision, place);
        Assert.Empty(answer.SatisfiedPermits.Except(whole.SatisfiedPermits));
        Assert.Empty(answer.SatisfiedForbids.Except(whole.SatisfiedForbids));
        Assert.Empty(answer.Errors.Select(error => error.Policy).Except(whole.Errors.Select(error => error.Policy)));
        TextSaysTheSame(answer.Residual, request, store, place);
        RequirementsAreEnough(Requirements.Of(answer), whole, request, store, place);
    }

    static void TextSaysTheSame(PolicySet residual, Request request, EntityStore store, string place)
    {
        var answer = Authorizer.Decide(residual, request, store);
        foreach (var policy in residual.Policies)
        {
            var read = PolicySet.Parse(policy.Text);
            Assert.True(read.Succeeded, $"{place}\n{policy.Text}: {string.Join(", ", read.Errors)}");
            var alone = Authorizer.Decide(read.Value, request, store);
            Assert.True(
                (answer.SatisfiedPermits.Contains(policy) || answer.SatisfiedForbids.Contains(policy))
                == (alone.SatisfiedPermits.Length + alone.SatisfiedForbids.Length == 1), place);
        }
    }

    // When the conditions hold, the request is allowed.
    static void RequirementsAreEnough(
        Requirements required, Answer whole, Request request, EntityStore store, string place)
    {
        if (required.Decision is not null)
            return;
        // Joined, as people are shown them; each for itself says the same.
        bool Holds(RuleRequirement rule)
        {
            var joined = IsTrue(string.Join(" && ", rule.Conditions));
            Assert.True(joined == rule.Conditions.All(IsTrue), place);
            return joined;
        }
        bool IsTrue(string condition) => Authorizer.Decide(
            PolicySet.Parse($"permit(principal, action, resource) when {{ {condition} }};").Value, request, store)
            .Decision == Decision.Allow;
        var enough = required.AllOf.All(Holds) && (required.AnyOf.IsEmpty || required.AnyOf.Any(Holds));
        Assert.True(!enough || whole.Decision == Decision.Allow, place);
        // And without errors they are also needed.
        if (whole is { Decision: Decision.Allow, Errors.IsEmpty: true })
            Assert.True(enough, place);
    }

    static PartialRequest Hide(RandomWorld world, Request request)
    {
        PartialEntity Entity(EntityUid uid) => world.Roll(3) switch
        {
            0 => PartialEntity.Unknown,
            1 => PartialEntity.OfType(uid.Type),
            _ => PartialEntity.Known(uid),
        };
        return new PartialRequest(
            Entity(request.Principal), Entity(request.Action), Entity(request.Resource), Hide(world, request.Context));
    }

    static PartialRecord Hide(RandomWorld world, CedarRecord record)
    {
        if (world.Roll(6) == 0)
            return PartialRecord.Unknown;
        var partial = PartialRecord.Known(record);
        foreach (var (name, value) in record.Fields)
            partial = world.Roll(5) switch
            {
                0 => partial.WithUnknown(name),
                1 => partial.WithUncertain(name),
                2 when value is CedarRecord { Count: > 0 } inner => partial.WithUnknown(name, inner.Names[0]),
                _ => partial,
            };
        // What is absent may be uncertain too.
        var extra = world.Pick("n", "s", "b", "rec");
        return world.Roll(2) == 0 || record.TryGet(extra, out _) ? partial : partial.WithUncertain(extra);
    }

    static PartialEntities Hide(RandomWorld world, EntityStore store)
    {
        // Some entities are left out of a store that may grow.
        var grows = world.Roll(3) == 0;
        var kept = store.Entities.Where(_ => !grows || world.Roll(4) > 0).ToImmutableArray();
        var entities = PartialEntities.Known(EntityStore.Create(kept).Value);
        if (grows)
            entities = entities.Growing();
        foreach (var entity in kept)
            if (world.Roll(4) == 0)
                entities = entities.With(entity.Uid, Hide(world, entity.Attributes));
        return entities;
    }
}
