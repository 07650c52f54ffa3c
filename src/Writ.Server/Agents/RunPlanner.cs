using System.Text;
using Writ.Leases;
using Writ.Linux;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Server.Running;
using Writ.Server.Sequencer;
using Writ.Sessions;
using Writ.Workflows;

namespace Writ.Server.Agents;

/// <summary>What the runner is to do for a request: from its session, and from the order that was given.</summary>
sealed class RunPlanner(RealmActor realm, AgentLimits limits, TimeProvider time)
{
    /// <summary>The plan of a run as far as it is known before there is an order.</summary>
    public RunPlan Draft(RunId id, Request request, SessionState.Open session, WindowSize? terminal)
    {
        var left = session.ExpiresAt - time.GetUtcNow();
        var workflow = realm.State.Registry.Workflows.GetValueOrDefault(session.Terms.Workflow);
        return new RunPlan
        {
            Id = id.Value,
            Session = request.Session.Value,
            WritNote = default,
            Argv = request.Argv,
            Executable = request.Executable!,
            WorkingDirectory = request.Cwd,
            WorkTree = RealPaths.Resolve("/", session.Terms.WorkTree) ?? session.Terms.WorkTree,
            WorkTreeWritable = true,
            Environment = [],
            Limits = new RunLimits
            {
                WallTimeMax = left < limits.WallTimeMax ? (left > TimeSpan.Zero ? left : TimeSpan.FromSeconds(1))
                    : limits.WallTimeMax,
                ProcessesMax = limits.ProcessesMax,
                OutputBytesMax = limits.OutputBytesMax,
                MemoryBytesMax = (long)(workflow?.MemoryMiB ?? 0) << 20,
            },
            Terminal = terminal,
            // What the workflow demands was demanded when the writ was consumed; here it is demanded of the launcher.
            TierMin = TierMinOf(session),
            DemandsOwnUser = workflow?.OwnUser is true,
        };
    }

    /// <summary>The whole plan.</summary>
    /// <param name="note">The signed order.</param>
    public RunPlan Plan(
        RunId id, string note, Request request, SessionState.Open session, WritOrder order, WindowSize? terminal) =>
        Draft(id, request, session, terminal) with
        {
            WritNote = Encoding.UTF8.GetBytes(note),
            Environment =
            [
                .. LeaseNames.Fill(request.Environment, realm.State.Origin, new WritId(order.Id))
                    .Select(v => $"{v.Name}={v.Value}"),
            ],
        };

    /// <summary>What the session's workflow demands. Without a session nothing runs; what is said of it then does not
    /// matter.</summary>
    public ContainmentTier TierMinOf(SessionState.Open? session) =>
        session is null ? ContainmentTier.T2
        : realm.State.Registry.Workflows.GetValueOrDefault(session.Terms.Workflow)?.TierMin switch
        {
            Tier.T0 => ContainmentTier.T0,
            Tier.T1 => ContainmentTier.T1,
            Tier.T3 => ContainmentTier.T3,
            _ => ContainmentTier.T2,
        };
}
