namespace Writ.Identity;

/// <summary>What an identity is for. Each has keys of its own, so that one cannot be made with another's. Member 0 is
/// the least.</summary>
public enum IdentityTier
{
    Read,
    Write,
    Deploy,
}

/// <summary>Somebody whom a workflow's runs may show a JWT-SVID to.</summary>
/// <param name="Name">As it stands in <c>aud</c>.</param>
/// <param name="Rsa">It reads RS256 only.</param>
public sealed record IdentityAudience(string Name, bool? Rsa = null)
{
    public const int NameMax = 256;

    public override string ToString() => Rsa == true ? $"{Name} RS256" : Name;
}

/// <summary>Which identities the runs of a workflow may have. A workflow without one gives none.</summary>
/// <param name="Tiers">Above <c>read</c> only for runs that a person has approved.</param>
/// <param name="Audiences">Empty: X.509 only.</param>
public sealed record IdentityGrant(ImmutableArray<IdentityTier> Tiers, ImmutableArray<IdentityAudience> Audiences)
{
    public const int AudiencesMax = 16;

    /// <summary>What is wrong with it as a part of a workflow; null when nothing is.</summary>
    internal string? Problem()
    {
        if (Tiers.IsEmpty || Tiers.Distinct().Count() < Tiers.Length || !Tiers.All(Enum.IsDefined))
            return "An identity is for read, write or deploy, each named once, and for at least one of them.";
        if (Audiences.Length > AudiencesMax
            || Audiences.DistinctBy(a => a.Name).Count() < Audiences.Length || !Audiences.All(a => IsAudience(a.Name)))
            return $"At most {AudiencesMax} audiences, each named once, of up to {IdentityAudience.NameMax} visible "
                + "ASCII characters without comma.";
        return null;
    }

    static bool IsAudience(string name) => name.Length is > 0 and <= IdentityAudience.NameMax
        && name.All(c => c is > ' ' and <= '~' and not ',');

    public override string ToString() =>
        $"{IdentityDoor.Words(Tiers)}; {(Audiences.IsEmpty ? "X.509 only" : string.Join(", ", Audiences))}";
}
