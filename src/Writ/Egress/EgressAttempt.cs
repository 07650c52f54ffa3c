namespace Writ.Egress;

/// <summary>By which way a connection was asked for. Member 0 says least.</summary>
public enum EgressVia
{
    Unknown,

    /// <summary>One HTTP request, seen as a whole.</summary>
    Http,

    /// <summary>A tunnel that was asked for with CONNECT.</summary>
    Tunnel,

    /// <summary>A tunnel that was asked for with SOCKS5.</summary>
    Socks,
}

/// <summary>One thing that a process of a run wants to reach, as far as it can be seen: what is decided about.
/// </summary>
/// <param name="Method">Of HTTP where that can be seen; else empty.</param>
/// <param name="Path">The same, without what stands behind '?'.</param>
/// <param name="Encrypted">What goes through has to be TLS, for the place's own name; of a request that is seen, that
/// it goes on in TLS.</param>
public sealed record EgressAttempt(
    EgressVia Via, EgressDestination Place, string Method, string Path, bool Encrypted)
{
    /// <summary>It as one line, for people and for <c>context.effect.object</c>.</summary>
    public string Url => Via == EgressVia.Http ? $"{(Encrypted ? "https" : "http")}://{Place}{Path}"
        : Encrypted ? $"tls://{Place}"
        : $"tcp://{Place}";

    internal string ViaWord => Via switch
    {
        EgressVia.Http => "http",
        EgressVia.Tunnel => "connect",
        EgressVia.Socks => "socks",
        _ => "",
    };
}

/// <summary>What policy sees of a connection beside its words: <c>context.effect.net</c>.</summary>
/// <param name="Address">The one that would be dialled.</param>
public sealed record EgressFacts(EgressAttempt Attempt, EgressAddress Address);

/// <summary>The answer to an attempt. Member 0 is the refusing one.</summary>
public enum EgressAnswer
{
    Refused,

    /// <summary>People have to agree to it first.</summary>
    Gated,

    Allowed,
}

/// <summary>What was decided about one attempt, by a stable code, and the rule that said so where one did.</summary>
/// <param name="Gates">Whom policy asks, where it does.</param>
public sealed record EgressVerdict(
    EgressAnswer Answer, string Code, string? Rule, string Why, ImmutableArray<Requests.Gate> Gates)
{
    public static EgressVerdict Refuse(string code, string why, string? rule = null) =>
        new(EgressAnswer.Refused, code, rule, why, []);
}
