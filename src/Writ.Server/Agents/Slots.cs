namespace Writ.Server.Agents;

/// <summary>A bound on how many do something at the same time. One more is refused at once; nobody queues.</summary>
sealed class Slots(int max)
{
    int _taken;

    public bool TryTake()
    {
        if (Interlocked.Increment(ref _taken) <= max)
            return true;
        Interlocked.Decrement(ref _taken);
        return false;
    }

    public void Return() => Interlocked.Decrement(ref _taken);
}
