using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;
using Writ.Wire;

namespace Writ.Preparations;

/// <summary>What another agent prepared, and that this request carries out.</summary>
/// <param name="Request">The request by which it was prepared.</param>
/// <param name="Action">The digest of what was prepared, as the one who carries it out was told.</param>
public sealed record Preparation(RequestId Request, string Action);

/// <summary>What of a request is the same whoever asks: what is done, where, by which program, to which
/// files.</summary>
public sealed record PreparedAction(
    Ask Ask, string Cwd, string? Executable, string? ExecutableDigest, ImmutableArray<FileFact>? Files);

/// <summary>
/// One agent prepares and another carries out, each with somebody else who answers for it. Whoever carries out does
/// exactly what was prepared, or nothing.
/// </summary>
public static class PreparationRules
{
    /// <summary>How long what is prepared waits for somebody to carry it out.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(60);

    const int DigestMax = 128;

    /// <summary>SHA-256 over the canonical JSON of what is done.</summary>
    public static string ActionOf(Request request) => "sha256:" + Canonical.Sha256Hex(
        new PreparedAction(
            request.Ask, request.Cwd, request.Executable, request.ExecutableDigest, request.Files),
        WireJson.Default.PreparedAction);

    /// <summary>Why this request may not carry out what it names, or null; null for what names nothing.</summary>
    internal static Refusal? MayNot(RealmState realm, SessionState.Open session, Request request, DateTimeOffset now)
    {
        if (request.Prepared is not { } prepared)
            return null;
        if (PreparedBy(realm, request, now) is not var (other, first))
            return new Refusal("preparation.unknown",
                "What this would carry out is not prepared here, or no longer: ask for it to be prepared again.");
        if (other.Terms.Agent == session.Terms.Agent)
            return new Refusal("preparation.same-agent", "Another agent carries out what one agent prepared.");
        if (SessionDecider.Sponsors(realm, other).Overlaps(SessionDecider.Sponsors(realm, session)))
            return new Refusal("preparation.same-sponsor",
                "Somebody else answers for whoever carries out than for whoever prepared.");
        if (RealmRules.StoppedBy(realm, other) is { } scope)
            return new Refusal("session.stopped", $"{scope} is stopped by the kill switch.");
        if (RealmRules.Untenable(realm.Registry, other, now) is { } untenable)
            return untenable;
        var action = ActionOf(first);
        if (prepared.Action != action)
            return new Refusal("preparation.other", "Something else was prepared than what this request names.");
        return ActionOf(request) == action
            ? null
            : new Refusal("preparation.deviates", "This differs from what was prepared: command, arguments, working "
                + "directory, program and files have to be exactly those.");
    }

    /// <summary>Why a request cannot be one that prepares or carries out, or null.</summary>
    internal static Refusal? Malformed(Request request) =>
        request.Prepares == false || (request.Prepares is not null && request.Prepared is not null)
        || (request.Prepares is not null && (request.Undoes is not null || request.Ask is Ask.Assistant))
        || (request.Prepared is { } prepared && (!IdRules.IsWellFormed(prepared.Request.Value)
            || prepared.Action is not { Length: > 0 and <= DigestMax }))
            ? new Refusal("preparation.malformed", "A request prepares a command, or names the request and the digest "
                + "of what was prepared; never both.")
            : null;

    /// <summary>Whoever is a party of a request: its session's chain, and the chain of whoever prepared it.</summary>
    internal static ImmutableHashSet<PersonId> Parties(
        RealmState realm, SessionState.Open session, Request request) =>
        request.Prepared is { } prepared && realm.Find(prepared.Request) is var (other, _)
            ? SessionDecider.Sponsors(realm, session).Union(SessionDecider.Sponsors(realm, other))
            : SessionDecider.Sponsors(realm, session);

    /// <summary>What is carried out is prepared no more: once, like everything.</summary>
    internal static ImmutableArray<Event> Used(Request request) => request.Prepared is { } prepared
        ? [new RequestEvent.Closed(prepared.Request, "preparation.used")]
        : [];

    static (SessionState.Open Session, Request Request)? PreparedBy(
        RealmState realm, Request request, DateTimeOffset now) =>
        realm.Find(request.Prepared!.Request) is var (session, state)
        && state is RequestState.Ready { Request.Prepares: true } ready && ready.ExpiresAt > now
        && session.ExpiresAt > now && RealmRules.OrphanedBy(realm, session, now) is null
            ? (session, ready.Request)
            : null;
}
