using Writ.Cedar;

namespace Writ.Corpus;

/// <summary>Everything that is compared with the recorded answers of one test.</summary>
public static class CorpusChecks
{
    public static IReadOnlyList<Check> Of(PackedTest test)
    {
        var checks = new List<Check>();
        try
        {
            AddAll(test, checks);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // A crash, of the engine or over an answer that is not as recorded answers are, is a failure of this test.
            checks.Add(Check.Failed("no crash", "an answer", $"{fault}"));
        }
        return checks;
    }

    static void AddAll(PackedTest test, List<Check> checks)
    {
        checks.AddRange(SchemaChecks.Of(test));
        var policies = PolicySet.Parse(test.Policy, fileName: "policy");
        var schema = test.HasOnlyJsonSchema
            ? CedarSchema.ParseJson(test.SchemaJson!, "schemaJson")
            : CedarSchema.ParseText(test.Schema, "schema");
        if (!policies.Succeeded || !schema.Succeeded)
        {
            var error = policies.Errors.Concat(schema.Errors).First();
            checks.Add(Check.Failed("reading", "a policy and a schema", $"{error}\n{error.Excerpt}"));
            return;
        }
        checks.AddRange(PolicyChecks.Of(test, policies.Value, schema.Value));
        checks.AddRange(FindingChecks.Of(test, policies.Value, schema.Value));
        checks.AddRange(EntityChecks.Of(test, schema.Value));
        var entities = EntityStore.ParseJson(test.Entities, schema.Value, "entities");
        if (!entities.Succeeded)
            entities = EntityStore.ParseJson(test.Entities, "entities");
        if (entities.TryGetValue(out var store))
            checks.AddRange(DecisionChecks.Of(test, policies.Value, schema.Value, store));
        else
            checks.Add(Check.Failed("reading", "entities", $"{entities.Errors[0]}\n{entities.Errors[0].Excerpt}"));
    }
}
