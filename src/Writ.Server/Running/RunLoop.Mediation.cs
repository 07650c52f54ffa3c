using Writ.Linux;
using Writ.Server.Mediation;

namespace Writ.Server.Running;

/// <summary>Handing the run's execve calls to a thread that decides them, before the first of them is made.</summary>
sealed partial class RunLoop
{
    const string NotMediated = "mediation.none: the programs that are started are not decided one by one";

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
            _name, kept, desk, new ExecutionSight(Plan.WorkTree, _spawn.Isolated), Plan.Executions, _time, Run)
        {
            TellsCallers = Plan.Assistant is not null,
        };
        _open.Add(_mediator);
        return true;
    }

    // The tree is gone, so nobody asks any more; what was asked last is being written down.
    void FinishMediation()
    {
        if (_mediator is null)
            return;
        if (!_mediator.Finish(TeardownMax))
        {
            _mediator.Stop();
            if (!_mediator.Finish(TeardownMax))
                throw new InvalidOperationException($"run {_name}: its mediator does not end");
        }
        while (Run.TryTakeOrder(out var order))
            if (order is RunOrder.Tell tell)
                Tell(tell.Line);
            else if (order is RunOrder.Stop stop)
                (_stoppedBy, _reason) = (_stoppedBy ?? stop.Why, RunEndReason.Killed);
    }

    Containment Contained() => _mediator is not null
        ? _containment with { Mediated = true }
        : _containment with { Weak = _containment.Weak.Add(NotMediated) };
}
