using Writ.Cedar;

namespace Writ.Policies;

/// <summary>
/// Whether the rules of a bundle fit the schema that comes with it, as Cedar's strict validation says.
/// </summary>
public static class PolicyValidation
{
    /// <summary>
    /// Text that a reader takes for another text. Cedar's tools warn of it; nothing is published that reads otherwise
    /// than it means. Strings of several scripts stay a warning, because people write them.
    /// </summary>
    static readonly ImmutableHashSet<string> _imitations =
    [
        ValidationCodes.MixedScriptName, ValidationCodes.ConfusableName, ValidationCodes.BidiName,
        ValidationCodes.BidiString,
    ];

    /// <summary>The bundle's schema; null where it has none, and where what it has is none.</summary>
    public static CedarSchema? SchemaOf(PolicySource source) => Read(source, findings: null);

    public static ImmutableArray<PolicyFinding> Of(PolicyBundle bundle)
    {
        var findings = ImmutableArray.CreateBuilder<PolicyFinding>();
        if (Read(bundle.Source, findings) is { } schema)
            findings.AddRange(Of(bundle, schema));
        return findings.ToImmutable();
    }

    /// <summary>What is wrong with these rules under another bundle's schema, such as a session policy's.</summary>
    public static IEnumerable<PolicyFinding> Of(PolicyBundle bundle, CedarSchema schema)
    {
        var result = Validator.Validate(bundle.Policies, schema);
        return result.Errors.Select(e => Finding(FindingLevel.Error, e))
            .Concat(result.Warnings.Select(w => Finding(
                _imitations.Contains(w.Code) ? FindingLevel.Error : FindingLevel.Warning, w)));
    }

    static CedarSchema? Read(PolicySource source, ImmutableArray<PolicyFinding>.Builder? findings)
    {
        var files = source.Of(PolicyFileKind.Schema).ToImmutableArray();
        if (files.IsEmpty)
        {
            findings?.Add(PolicyFinding.Error("policy.no-schema", "policies", "No schema comes with the policies, so "
                + "nobody can say whether they fit what they are asked; add schema.cedarschema."));
            return null;
        }
        if (files is not [var file])
        {
            findings?.Add(PolicyFinding.Error(
                "policy.several-schemas", $"{files[1].Name}:1:1", $"{files[0].Name} is the schema already."));
            return null;
        }
        var parsed = file.Name.EndsWith(".json", StringComparison.Ordinal)
            ? CedarSchema.ParseJson(file.Text, file.Name)
            : CedarSchema.ParseText(file.Text, file.Name);
        if (parsed.TryGetValue(out var schema))
            return schema;
        foreach (var error in parsed.Errors)
            findings?.Add(PolicyFinding.Error(
                error.Code, error.Position.IsKnown ? $"{file.Name}:{error.Position}" : file.Name, error.Message));
        return null;
    }

    static PolicyFinding Finding(FindingLevel level, ValidationFinding finding) => new(
        level, finding.Code,
        finding.Position.IsKnown ? $"{finding.FileName}:{finding.Position}" : $"policy (@id \"{finding.PolicyId}\")",
        $"Rule {finding.PolicyId}: {finding.Message}{(finding.Hint is { } hint ? $"; {hint}" : "")}".TrimEnd('.')
            + (finding.Hint is { } asked && asked.EndsWith('?') ? "" : "."));
}
