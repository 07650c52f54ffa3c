using Writ.Approvals;
using Writ.Holds;
using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;
using Writ.Shell;
using Writ.Wire;

namespace Writ.Policies;

/// <summary>
/// Judges the verdicts of a ledger again under another bundle. The entries are taken from the first one on, because
/// only the state they fold to says what a verdict was judged in. Nothing is decided again: see
/// <see cref="DecisionAudit"/>. Folding and counting go in the ledger's order; what lies between, judging, is pure and
/// may be done by several threads.
/// </summary>
public sealed class PolicyReplay(
    PolicyBundle candidate, DateTimeOffset since, int verdictsMax = PolicyImpact.VerdictsMax)
{
    const int CommandMax = 120;

    readonly Dictionary<string, (ImpactGroup Group, int Order)> _groups = new(StringComparer.Ordinal);
    RealmState _state = RealmState.None;
    long _entries;
    int _taken;
    int _verdicts;
    int _stricter;
    int _looser;
    int _regated;
    bool _whole = true;

    /// <summary>Takes the next entry of the ledger.</summary>
    public void Take(Entry entry)
    {
        if (Fold(entry) is { } recorded)
            Count(Judge(recorded));
    }

    /// <summary>Takes the next entry; what is to be judged again and counted because of it, or null.</summary>
    public RecordedVerdict? Fold(Entry entry)
    {
        var data = entry.Data;
        RecordedVerdict? recorded = null;
        if (entry.Time >= since && data is { Events: [RequestEvent.Judged judged, ..] }
            && RequestRules.AskedBy(data.Move) is { } asked
            && judged.Verdict.Code != "session.budget"
            && _state.OpenSession(asked.Session) is { } session)
        {
            _whole = _whole && _taken < verdictsMax;
            if (_whole)
                recorded = new RecordedVerdict(_state, session, asked, judged.Verdict, entry.Time);
            _taken += _whole ? 1 : 0;
        }
        _state = RealmDecider.Evolve(_state, data.Move, data.Actor, data.Events ?? [], entry.Time);
        _entries++;
        return recorded;
    }

    /// <summary>What the bundle makes of a recorded verdict. Pure: any thread may do it, in any order.</summary>
    public JudgedAgain Judge(RecordedVerdict recorded)
    {
        var (state, session, request, was, at) = recorded;
        var facts = RequestFacts.Of(request, session.Terms, candidate.Knowledge);
        // What was understood of the request is on record; a newer knowledge of programs is no change of policy, unless
        // it is the bundle's own.
        if (ReferenceEquals(candidate.Knowledge, PinnedPolicies.Of(state, session).Knowledge))
            facts = facts with { Effects = was.Effects, Unresolved = was.Unresolved };
        var becomes = request.Hold is null
            ? Policies.Judge.Decide(state, session, candidate, request, facts, Approved.Nothing, at)
            : HoldRules.Judge(state, session, candidate, request, Approved.Nothing, at);
        var asks = Asks(becomes);
        return becomes.Kind == was.Kind && (was.Kind != VerdictKind.Approval || asks.SequenceEqual(Asks(was)))
            ? new JudgedAgain(null)
            : new JudgedAgain(new ImpactGroup(
                Difference(was, becomes), session.Terms.Agent, session.Terms.Workflow, was.Kind, becomes.Kind, asks,
                Count: 1, request.Id, Shown(request, facts)));
    }

    /// <summary>Counts what was judged; in the order of the ledger, so that an example is the first of its
    /// kind.</summary>
    public void Count(JudgedAgain judged)
    {
        _verdicts++;
        if (judged.Flip is not { } flip)
            return;
        if (flip.To < flip.From)
            _stricter++;
        else if (flip.To > flip.From)
            _looser++;
        else
            _regated++;
        var key = string.Join('\n', [
            .. flip.Rules, "", flip.Agent.Value, flip.Workflow.Value, $"{flip.From} {flip.To}", .. flip.Asks,
        ]);
        _groups[key] = _groups.TryGetValue(key, out var known)
            ? (known.Group with { Count = known.Group.Count + 1 }, known.Order)
            : (flip, _groups.Count);
    }

    public PolicyImpact Impact()
    {
        var groups = _groups.Values.OrderBy(g => g.Group.To > g.Group.From ? 0 : g.Group.To < g.Group.From ? 1 : 2)
            .ThenByDescending(g => g.Group.Count).ThenBy(g => g.Order).Select(g => g.Group).ToImmutableArray();
        return new PolicyImpact(
            since, _entries, _verdicts, _whole, _stricter, _looser, _regated,
            [.. groups.Take(PolicyImpact.GroupsMax)], Math.Max(0, groups.Length - PolicyImpact.GroupsMax));
    }

    // The rules that stood in the way of one verdict and not of the other; where none does, those whose gate differs;
    // else a permit is what differs.
    static ImmutableArray<string> Difference(Verdict was, Verdict becomes)
    {
        var forbids = Rules(was, permits: false);
        forbids.SymmetricExceptWith(Rules(becomes, permits: false));
        if (forbids.Count > 0)
            return [.. forbids];
        var gates = was.Gates.Except(becomes.Gates).Concat(becomes.Gates.Except(was.Gates));
        if (new SortedSet<string>(gates.Select(g => g.Policy), StringComparer.Ordinal) is { Count: > 0 } asking)
            return [.. asking];
        var permits = Rules(was, permits: true);
        permits.SymmetricExceptWith(Rules(becomes, permits: true));
        return [.. permits];
    }

    static SortedSet<string> Rules(Verdict verdict, bool permits) =>
        new(verdict.Grounds.Where(g => g.Permits == permits).Select(g => g.Policy), StringComparer.Ordinal);

    static ImmutableArray<string> Asks(Verdict verdict) => verdict.Kind != VerdictKind.Approval
        ? []
        : [.. verdict.Gates.Select(g => $"{g.Quorum} of {g.Team}").Distinct().Order(StringComparer.Ordinal)];

    static string Shown(Request request, RequestFacts facts)
    {
        var line = facts.Line.Length > 0 ? facts.Line : request.Ask.GetType().Name;
        return VisibleText.Of(line.Length <= CommandMax ? line : line[..CommandMax] + "...");
    }
}

/// <summary>A verdict of a ledger, with everything it was judged in.</summary>
public sealed record RecordedVerdict(
    RealmState State, SessionState.Open Session, Request Request, Verdict Verdict, DateTimeOffset At);

/// <summary>A recorded verdict judged again.</summary>
/// <param name="Flip">How it would change, as a group of one; null when it would not.</param>
public sealed record JudgedAgain(ImpactGroup? Flip);
