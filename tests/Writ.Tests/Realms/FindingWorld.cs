using System.Collections.Immutable;
using Writ.Findings;
using Writ.Realms;
using Writ.Sessions;

namespace Writ.Tests.Realms;

/// <summary>A realm whose production workflow does not work while a secret lies about.</summary>
sealed class FindingWorld
{
    public FindingWorld(Func<RealmDocument, RealmDocument>? change = null) =>
        World = World.WithEverybody(d => (change ?? (same => same))(Refusing(d, [FindingKind.LeakedSecret])));

    public World World { get; }

    public RealmState State => World.State;

    public static RealmDocument Refusing(RealmDocument d, ImmutableArray<FindingKind> kinds) => d with
    {
        Workflows =
        [
            .. d.Workflows.Select(w => w.Id.Value == "release-prod" ? w with { RefuseFindings = kinds } : w),
        ],
    };

    public static FindingMove.Report Leak(World world, SessionId session, params ImmutableArray<string> places) => new(
        For(world, session), SearchedPlace.WorkTree, [.. places.Select(p => new SeenSecret(p, "github", "print:0123"))],
        Complete: true);

    public static SearchedFor For(World world, SessionId session) =>
        world.State.Sessions[session] switch
        {
            SessionState.Open { Terms: var t } => Of(t),
            SessionState.Ended { Terms: var t } => Of(t),
            _ => throw new InvalidOperationException("a session of a third kind"),
        };

    static SearchedFor Of(SessionTerms t) => new(t.Agent, t.Workflow, t.Environment, t.WorkTree, t.Id);

    /// <summary>A secret is found in the work tree of a session.</summary>
    public FindingId Leaks(SessionId session)
    {
        World.Must(Leak(World, session, ".env:3"), World.Host);
        return State.Found.Standing.Values.Single(f => f.Cause.Kind == FindingKind.LeakedSecret).Id;
    }

    public ImmutableArray<Event> Review(params ImmutableArray<SeenAdmin> admins) =>
        World.Try(new FindingMove.Review(admins), World.Host) is Decided.Accepted accepted ? accepted.Events : [];

    /// <summary>The codes of what is open now, in order.</summary>
    public string[] Open() =>
    [
        .. State.Found.Standing.Values.Where(f => f.IsOpen(World.Now)).Select(f => f.Cause.Code)
            .Order(StringComparer.Ordinal),
    ];
}
