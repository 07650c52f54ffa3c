namespace Writ.Cedar.Tests.Validation;

/// <summary>The schema of the tests, and policies checked against it.</summary>
static class GivenSchema
{
    public const string Text = """
        entity Team in [Team];
        entity User in [Team] {
          level: Long, name?: String, manager?: User, boss: User, home: { city: String, zip?: Long },
          roles: Set<String>, at: datetime, from: ipaddr, deep?: { er?: { still?: Long } }
        } tags String;
        entity Bot in [Team] { level: Long, name: String } tags Long;
        entity Environment;
        entity Host in [Environment] { env: String, owner: User, size?: Long };
        entity Color enum ["red", "green"];
        action read, write;
        action view in [read] appliesTo {
          principal: [User], resource: [Host], context: { count: Long, note?: String, who: User }
        };
        action delete in [write] appliesTo { principal: [User, Bot], resource: [Host, Environment], context: {} };
        """;

    public static CedarSchema Schema { get; } = CedarSchema.ParseText(Text).Value;

    public static ValidationResult Validate(string policies, ValidationOptions? options = null) =>
        Validator.Validate(Given.Policies(policies), Schema, options);

    /// <summary>What is found in one condition about Alice's viewing of hosts.</summary>
    public static ValidationResult InView(string condition, ValidationMode mode = ValidationMode.Strict) => Validate(
        $"permit(principal, action == Action::\"view\", resource) when {{ {condition} }};",
        new ValidationOptions { Mode = mode });

    /// <summary>The same where principal and resource may be of one of several types.</summary>
    public static ValidationResult InDelete(string condition, ValidationMode mode = ValidationMode.Strict) => Validate(
        $"permit(principal, action == Action::\"delete\", resource) when {{ {condition} }};",
        new ValidationOptions { Mode = mode });

    /// <summary>The last parts of the codes, in order, each once.</summary>
    public static string Kinds(IEnumerable<ValidationFinding> findings) => string.Join(
        ' ',
        findings.Select(finding => finding.Code[(finding.Code.LastIndexOf('.') + 1)..])
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
}
