using Writ.Approvals;
using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;
using Writ.Shell;
using Writ.Wire;

namespace Writ.Policies;

/// <summary>
/// Judges the verdicts of a ledger again under another bundle. The entries are taken from the first one on, because
/// only the state they fold to says what a verdict was judged in. Nothing is decided again: see
/// <see cref="DecisionAudit"/>.
/// </summary>
public sealed class PolicyReplay(
    PolicyBundle candidate, DateTimeOffset since, int verdictsMax = PolicyImpact.VerdictsMax)
{
    const int CommandMax = 120;

    readonly Dictionary<string, (ImpactGroup Group, int Order)> _groups = new(StringComparer.Ordinal);
    RealmState _state = RealmState.None;
    long _entries;
    int _verdicts;
    int _stricter;
    int _looser;
    int _regated;
    bool _whole = true;

    /// <summary>Takes the next entry of the ledger.</summary>
    public void Take(Entry entry)
    {
        var data = entry.Data;
        if (entry.Time >= since && data is { Move: RequestMove.Submit submit, Events: [RequestEvent.Judged judged, ..] }
            && judged.Verdict.Code != "session.budget")
            Judge(submit.Request, judged.Verdict, entry.Time);
        _state = RealmDecider.Evolve(_state, data.Move, data.Actor, data.Events ?? [], entry.Time);
        _entries++;
    }

    public PolicyImpact Impact()
    {
        var groups = _groups.Values.OrderBy(g => g.Group.To > g.Group.From ? 0 : g.Group.To < g.Group.From ? 1 : 2)
            .ThenByDescending(g => g.Group.Count).ThenBy(g => g.Order).Select(g => g.Group).ToImmutableArray();
        return new PolicyImpact(
            since, _entries, _verdicts, _whole, _stricter, _looser, _regated,
            [.. groups.Take(PolicyImpact.GroupsMax)], Math.Max(0, groups.Length - PolicyImpact.GroupsMax));
    }

    void Judge(Request request, Verdict was, DateTimeOffset at)
    {
        if (_verdicts == verdictsMax)
        {
            _whole = false;
            return;
        }
        if (_state.OpenSession(request.Session) is not { } session)
            return;
        _verdicts++;
        var facts = RequestFacts.Of(request, session.Terms, candidate.Knowledge);
        var becomes = Policies.Judge.Decide(_state, session, candidate, request, facts, Approved.Nothing, at);
        var asks = Asks(becomes);
        if (becomes.Kind == was.Kind && (was.Kind != VerdictKind.Approval || asks.SequenceEqual(Asks(was))))
            return;
        if (becomes.Kind < was.Kind)
            _stricter++;
        else if (becomes.Kind > was.Kind)
            _looser++;
        else
            _regated++;
        Count(new ImpactGroup(
            Difference(was, becomes), session.Terms.Agent, session.Terms.Workflow, was.Kind, becomes.Kind, asks,
            Count: 1, request.Id, Shown(request, facts)));
    }

    void Count(ImpactGroup flip)
    {
        var key = string.Join('\n', [
            .. flip.Rules, "", flip.Agent.Value, flip.Workflow.Value, $"{flip.From} {flip.To}", .. flip.Asks,
        ]);
        _groups[key] = _groups.TryGetValue(key, out var known)
            ? (known.Group with { Count = known.Group.Count + 1 }, known.Order)
            : (flip, _groups.Count);
    }

    // The rules that stood in the way of one verdict and not of the other; where none does, a permit is what differs.
    static ImmutableArray<string> Difference(Verdict was, Verdict becomes)
    {
        var forbids = Rules(was, permits: false);
        forbids.SymmetricExceptWith(Rules(becomes, permits: false));
        if (forbids.Count > 0)
            return [.. forbids];
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
