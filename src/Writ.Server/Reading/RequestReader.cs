using System.Collections.Immutable;
using System.Text;
using Writ.Approvals;
using Writ.Egress;
using Writ.Identity;
using Writ.Leases;
using Writ.Policies;
using Writ.Preparations;
using Writ.Realms;
using Writ.Requests;
using Writ.Rollbacks;
using Writ.Runs.Recordings;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Sessions;
using Writ.Shell;
using Writ.Trees;
using Writ.Wire;

namespace Writ.Server.Reading;

/// <summary>
/// Requests as people are shown them, open ones from the realm's state and closed ones from the ledger, with prompt
/// and output from the blob store: bounded, and with everything made visible that hides or reorders.
/// </summary>
public sealed class RequestReader(
    RealmActor realm, ILedgerStore store, BlobStore blobs, DerivedIndex index, TimeProvider clock)
{
    public const int TextBytesMax = 64 * 1024;
    static readonly TimeSpan CatchUpMax = TimeSpan.FromSeconds(2);

    /// <summary>The request, or null when the ledger knows none of that id.</summary>
    /// <param name="reader">Who is shown it; <see cref="RequestView.MayNot"/> is about them.</param>
    /// <param name="withContent">Prompt and output; never for the agent.</param>
    public async Task<RequestView?> Find(RequestId id, PersonId? reader, bool withContent, CancellationToken cancel)
    {
        await index.CaughtUp(CatchUpMax, clock, cancel);
        // A run's id is as good as its request's.
        id = index.RequestOf(new RunId(id.Value)) ?? id;
        var state = realm.State;
        var entries = index.EntriesOf(id);
        var story = RequestStory.Read(store, id, entries);
        var open = state.Find(id);
        if (RequestOf(open?.Request) is { } live)
            return View(state, id, live, open!.Value.Request, story, entries, reader, withContent);
        return story.Request is { } told
            ? View(state, id, told, open?.Request, story, entries, reader, withContent)
            : null;
    }

    /// <summary>
    /// What a request's run printed, as it is kept; no file when there is none, or not yet, or no more.
    /// </summary>
    /// <param name="id">Of the request, or of its run.</param>
    public async Task<(bool IsKnown, byte[]? File)> Recording(RequestId id, CancellationToken cancel)
    {
        await index.CaughtUp(CatchUpMax, clock, cancel);
        id = index.RequestOf(new RunId(id.Value)) ?? id;
        var story = RequestStory.Read(store, id, index.EntriesOf(id));
        return (story.Request is not null,
            story.Outcome?.OutputDigest is { } digest ? blobs.TryGet(digest)?.Content : null);
    }

    /// <summary>A list of programs or connections that the ledger names for this run; null when there is none.
    /// </summary>
    public async Task<Blob?> ListOf(RunId run, string digest, CancellationToken cancel)
    {
        await index.CaughtUp(CatchUpMax, clock, cancel);
        if (index.RequestOf(run) is not { } id)
            return null;
        var story = RequestStory.Read(store, id, index.EntriesOf(id));
        return story.Executions.Any(b => b.ListDigest == digest) || story.Egress.Any(b => b.ListDigest == digest)
            ? blobs.TryGet(digest)
            : null;
    }

    /// <summary>What became of what a run changed; null when nothing of it was ever held back.</summary>
    public async Task<TreeFate?> FateOf(RunId run, CancellationToken cancel)
    {
        await index.CaughtUp(CatchUpMax, clock, cancel);
        return index.RequestOf(run) is { } id ? RequestStory.Read(store, id, index.EntriesOf(id)).Changed : null;
    }

    /// <summary>When a request was made, when the index knows it.</summary>
    public DateTimeOffset? RequestedAt(RequestId id) =>
        index.EntriesOf(id) is [var first, ..] && store.Read(first, 1) is [var bytes, ..]
            ? Entry.FromBytes(bytes.Span).Time
            : null;

    RequestView? View(
        RealmState state, RequestId id, Request request, RequestState? open, RequestStory story, long[] entries,
        PersonId? reader, bool withContent)
    {
        var (terms, accountable) = SessionOf(state, request.Session);
        if (terms is null)
            return null;
        var approvals = open switch
        {
            RequestState.Waiting r => r.Approvals,
            RequestState.Ready r => r.Approvals,
            _ => story.Approvals,
        };
        var verdict = VerdictOf(open) ?? story.Verdict;
        var knowledge = verdict is null ? [] : PolicyKnowledge.FilesOf(state, verdict);
        var commands = withContent ? CommandAccount.Of(request, terms, PolicyKnowledge.From(knowledge)) : [];
        return new RequestView(
            state.Origin, request, terms, accountable, open is null ? story.State : WordOf(open),
            open is RequestState.Closed closed ? closed.Code : story.Code, DigestOf(open) ?? story.Digest, verdict,
            [.. approvals.Select(a => new ApprovalView(a.Person, a.At))], ApprovalDocument.DigestOf(approvals),
            story.RequestedAt, ExpiryOf(open) ?? story.ExpiresAt,
            reader is { } person ? ApprovalQuery.MayNot(state, id, person, clock.GetUtcNow()) : null,
            withContent ? PromptOf(request, story) : null,
            state.Registry.Workflows.GetValueOrDefault(terms.Workflow)?.Rollback,
            withContent && story.Outcome?.OutputDigest is { } output ? Printed(output) : null, story.Outcome,
            [.. entries], withContent ? ExecutionsReader.Read(story.Executions, blobs) : null,
            Egress: withContent ? EgressReader.Read(story.Egress, blobs) : null,
            Commands: commands.IsEmpty ? null : commands, Knowledge: knowledge.IsEmpty ? null : knowledge,
            Content: Provenance.Of(state, request.Session),
            Killed: withContent && story.Outcome?.Evidence is { } evidence ? Shown(evidence) : null,
            Action: request.Prepares is null && request.Prepared is null ? null : PreparationRules.ActionOf(request),
            Remote: state.OpenSession(request.Session)?.Remote,
            Undo: UndoOf(state, terms), UndoneBy: story.UndoneBy.IsEmpty ? null : story.UndoneBy,
            Reaches: ReachesOf(state, terms, request), Changed: story.Changed,
            Credentials: CredentialsOf(state, terms, request), Leases: LeasesOf(state, story),
            Identities: IdentityQuery.Shown(state, terms, request), Intercepts: InterceptsOf(state, terms, request),
            Run: story.Run, BackBy: BackBy(state, terms, story));
    }

    // What is in the work tree first: a rollback command may look at it.
    static ImmutableArray<string>? BackBy(RealmState state, SessionTerms terms, RequestStory story)
    {
        if (story.Run is not { } run)
            return null;
        var ways = ImmutableArray.CreateBuilder<string>();
        if (state.Held.GetValueOrDefault(run) is { State: HeldState.Committed or HeldState.Partly })
            ways.Add($"writ undo {run}");
        if (state.Rollbacks.Runs.GetValueOrDefault(run) is { EndedAt: not null, Undone: false }
            && state.Registry.Workflows.GetValueOrDefault(terms.Workflow)?.RollbackCommand is not null)
            ways.Add($"writ rollback {run}");
        return ways.Count == 0 ? null : ways.ToImmutable();
    }

    // A command's run has the whole way out of its workflow, whatever its own words name.
    static ImmutableArray<string>? ReachesOf(RealmState state, SessionTerms terms, Request request) =>
        request is { Assurance: Assurance.Brokered, Hold: null }
        && state.Registry.Workflows.GetValueOrDefault(terms.Workflow) is { HasEgress: true, Egress: { } grants }
            ? [.. grants.Select(g => g.ToString())]
            : null;

    static ImmutableArray<EgressGrant>? InterceptsOf(RealmState state, SessionTerms terms, Request request) =>
        request is { Assurance: Assurance.Brokered } && InterceptionRules.Of(
            state.Registry.Workflows.GetValueOrDefault(terms.Workflow)) is { IsEmpty: false } grants
            ? grants
            : null;

    static ImmutableArray<PlacedProfile>? CredentialsOf(RealmState state, SessionTerms terms, Request request) =>
        LeaseRules.GetsAny(request) && LeaseRules.ProfilesOf(state.Registry, terms) is { IsEmpty: false } profiles
            ? profiles
            : null;

    // What the ledger says of them, and where they stand now as the state has it.
    static ImmutableArray<LeaseView>? LeasesOf(RealmState state, RequestStory story) => story.Leases.IsEmpty ? null :
    [
        .. story.Leases.Values.Select(told => state.Leases.Find(told.Id) is { } found
            ? LeaseView.Of(found) with
            {
                Cut = told.Cut,
                IssuedAt = told.IssuedAt,
                ExpiresAt = told.ExpiresAt,
                Fingerprint = told.Fingerprint,
            }
            : told),
    ];

    static RollbackView? UndoOf(RealmState state, SessionTerms terms) =>
        state.Registry.Workflows.GetValueOrDefault(terms.Workflow) is { } workflow
            ? new RollbackView(workflow.RollbackCommand, RollbackRules.TestOf(state, workflow.Id), workflow.TierMin)
            : null;

    (SessionTerms? Terms, Accountable? Accountable) SessionOf(RealmState state, SessionId id) =>
        state.Sessions.GetValueOrDefault(id) switch
        {
            SessionState.Open open => (open.Terms, open.Accountable),
            SessionState.Ended ended => (ended.Terms, Opened(id)),
            _ => (null, null),
        };

    /// <summary>Who answered for a session that has ended, as its opening says.</summary>
    Accountable? Opened(SessionId id) =>
        index.OpeningOf(id) is { } at && store.Read(at, 1) is [var bytes, ..]
            ? Entry.FromBytes(bytes.Span).Data.Events?.OfType<SessionEvent.Opened>().FirstOrDefault()?.Accountable
            : null;

    string? PromptOf(Request request, RequestStory story)
    {
        var before = story.Request is null ? long.MaxValue : story.SubmittedIn;
        return index.PromptFor(request.Session, request.Client?.PromptId, before) is { } prompt
            ? Shown(prompt.Digest)
            : null;
    }

    /// <summary>A blob as text to look at; null when it was erased.</summary>
    string? Shown(string digest)
    {
        if (blobs.TryGet(digest)?.Content is not { } content)
            return null;
        var kept = content.AsSpan(0, Math.Min(content.Length, TextBytesMax));
        var text = VisibleText.Of(Encoding.UTF8.GetString(kept), keepNewLines: true);
        return content.Length > kept.Length ? $"{text}\n[{content.Length - kept.Length} more bytes]" : text;
    }

    /// <summary>What a run printed, as text to look at; null when it was erased.</summary>
    string? Printed(string digest) =>
        blobs.TryGet(digest)?.Content is { } content && Asciicast.TryRead(content) is { } recording
            ? Bounded(TerminalFilter.Plain(recording.AllText()))
            : null;

    static string Bounded(string text) => text.Length <= TextBytesMax
        ? text
        : $"{text[..TextBytesMax]}\n[{text.Length - TextBytesMax} more characters]";

    static Request? RequestOf(RequestState? state) => state switch
    {
        RequestState.Waiting r => r.Request,
        RequestState.Ready r => r.Request,
        RequestState.Ordered r => r.Request,
        RequestState.Running r => r.Request,
        _ => null,
    };

    static Verdict? VerdictOf(RequestState? state) => state switch
    {
        RequestState.Waiting r => r.Verdict,
        RequestState.Ready r => r.Verdict,
        RequestState.Ordered r => r.Verdict,
        _ => null,
    };

    static string? DigestOf(RequestState? state) => state switch
    {
        RequestState.Waiting r => r.Digest,
        RequestState.Ready r => r.Digest,
        RequestState.Ordered r => r.Digest,
        RequestState.Running r => r.Digest,
        RequestState.Allowed r => r.Digest,
        _ => null,
    };

    static DateTimeOffset? ExpiryOf(RequestState? state) => state switch
    {
        RequestState.Waiting r => r.ExpiresAt,
        RequestState.Ready r => r.ExpiresAt,
        RequestState.Ordered r => r.ExpiresAt,
        _ => null,
    };

    static string WordOf(RequestState state) => state switch
    {
        RequestState.Waiting => "waiting",
        RequestState.Ready => "ready",
        RequestState.Ordered => "ordered",
        RequestState.Running => "running",
        RequestState.Allowed => "allowed",
        _ => "closed",
    };
}
