using System.Text;
using Writ.Linux;
using Writ.Runs;
using Writ.Server.Mediation;

namespace Writ.Server.Running;

/// <summary>Handing the run's execve calls to a thread that decides them, before the first of them is made.</summary>
sealed partial class RunLoop
{
    const string NotMediated = "mediation.none: the programs that are started are not decided one by one";

    const int SocketsToldMax = 4;

    StandbyThread? _standby;
    ExecMediator? _mediator;
    Refusal? _stoppedBy;

    // False, and the run is over, when it is to be mediated and cannot be.
    bool BeginMediation(Descriptor? listener)
    {
        if (Plan.Desk is not { } desk || _containment.Tier == ContainmentTier.T0)
            return true;
        if (listener is null)
        {
            _refusal = "run.not-mediated";
            KillEverything();
            return false;
        }
        // The message's own is closed with it.
        var kept = new ExecListener(listener.DuplicateFrom(0));
        _mediator = new ExecMediator(
            _standby!, kept, desk, new ExecutionSight(Plan.WorkTree, _spawn.Isolated), Plan.Executions, _time, Run,
            _spawn.Isolated ? null : OrderedDigest())
        {
            TellsCallers = Plan.Assistant is not null,
        };
        _open.Add(_mediator);
        return true;
    }

    // On the host's own tree the file can be exchanged after the launcher has hashed it. The launcher has opened this
    // note before it handed over the listener.
    string? OrderedDigest()
    {
        var note = Encoding.UTF8.GetString(Plan.WritNote.Span);
        var border = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        return WritOrder.Parse(note[..(border + 1)])?.ExecutableDigest;
    }

    // The tree is gone, so nobody asks any more; what was asked last is being written down.
    void FinishMediation()
    {
        if (_mediator is null)
            return;
        if (!_mediator.Finish(TeardownMax))
        {
            _mediator.Stop();
            // Nothing of the run is left to wait for it, and what it knows is not all in the record.
            if (!_mediator.Finish(TeardownMax))
                _stoppedBy ??= new Refusal("exec.mediator-stuck", "What decides the run's programs does not end.");
        }
        while (Run.TryTakeOrder(out var order))
            if (order is RunOrder.Tell tell)
                Tell(tell.Line);
            else if (order is RunOrder.Stop stop)
                (_stoppedBy, _reason) = (_stoppedBy ?? stop.Why, RunEndReason.Killed);
    }

    Containment Contained()
    {
        var weak = _mediator is null ? _containment.Weak.Add(NotMediated) : _containment.Weak;
        if (_spawn.Isolated && _containment.LandlockAbi < LandlockRuleset.ConnectAbi)
            weak = weak.AddRange(SandboxLayout.OpenedLater(Plan, _containment.Tier, _spawn.SandboxArguments)
                .Take(SocketsToldMax)
                .Select(path => $"socket.opened-later: the host listens on {path}, which was not covered"));
        return _containment with { Mediated = _mediator is not null, Weak = weak };
    }
}
