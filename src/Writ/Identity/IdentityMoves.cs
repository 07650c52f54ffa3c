namespace Writ.Identity;

/// <summary>How it is known who asks for an identity. Member 0 is not at all.</summary>
public enum AttestedBy
{
    Nothing,

    /// <summary>A caller from another machine, by a token or a certificate.</summary>
    Remote,

    /// <summary>A process of the session's user that Writ did not start: any program of that user could be it.
    /// </summary>
    Hooked,

    /// <summary>A process of a run that Writ started: by the run's own socket, its namespace and its control group.
    /// </summary>
    Launched,

    /// <summary>A process of the session's user on the local socket that speaks for itself, as <c>writ run</c> does.
    /// </summary>
    Peer,
}

/// <summary>The words of policies for how somebody is known.</summary>
public static class Attesting
{
    /// <summary><c>launched</c>, <c>hooked</c>, <c>peer</c>, <c>remote</c>; empty for what was not recorded.</summary>
    public static string Word(AttestedBy? by) =>
        by is { } known && known != AttestedBy.Nothing ? known.ToString().ToLowerInvariant() : "";
}

/// <summary>What the kernel said of whoever asked.</summary>
/// <param name="Namespace">Of process ids, as the kernel names it; only in it are the run's processes.</param>
/// <param name="ControlGroup">Of the run, where there is one.</param>
/// <param name="Executable">Evidence, never identity: a process can become another program after it connected.</param>
/// <param name="ExecutableDigest">SHA-256 of that file; null where it could not be read.</param>
public sealed record Attestation(
    AttestedBy By, int Uid, int Pid, string? Namespace, string? ControlGroup, string? Executable,
    string? ExecutableDigest)
{
    public const int TextMax = 1_024;
}

/// <summary>One SVID that is to be issued: what is public of it.</summary>
/// <param name="Id">The SPIFFE ID.</param>
/// <param name="Kid">The key that signs it.</param>
/// <param name="Serial">The certificate's serial number, or the token's <c>jti</c>.</param>
public sealed record SvidOrder(
    IdentityTier Tier, IssuerUse Use, string Id, string Kid, string Serial, DateTimeOffset ExpiresAt);

/// <summary>What can be asked of a realm's issuer.</summary>
public abstract record IdentityMove : Move
{
    /// <summary>New keys; each signs from the moment that it says.</summary>
    public sealed record Publish(ImmutableArray<IssuerKey> Keys) : IdentityMove;

    /// <summary>Keys that are over: nothing that they signed is worth anything now.</summary>
    public sealed record Retire(ImmutableArray<string> Kids) : IdentityMove;

    /// <summary>A person of the governing team distrusts every key there is, at once.</summary>
    public sealed record Rotate(string Reason) : IdentityMove;

    /// <summary>A process of a run asks for SVIDs. Decided and recorded before anything is signed.</summary>
    /// <param name="Audiences">Of JWT-SVIDs; empty for X.509.</param>
    public sealed record Issue(
        RunId Run, RequestId Request, ImmutableArray<SvidOrder> Svids, ImmutableArray<string> Audiences,
        Attestation Attestation) : IdentityMove;
}

/// <summary>What can happen to a realm's issuer.</summary>
public abstract record IdentityEvent : Event
{
    public sealed record Published : IdentityEvent;

    public sealed record Retired : IdentityEvent;

    public sealed record Rotated : IdentityEvent;

    public sealed record Issued : IdentityEvent;
}
