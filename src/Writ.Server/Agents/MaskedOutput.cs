using Writ.Runs.Recordings;
using Writ.Server.Running;

namespace Writ.Server.Agents;

/// <summary>
/// What a run prints with its known secrets masked, for whoever runs it and for the record alike. What may be the
/// beginning of a secret is shown after a moment in which nothing followed: a prompt must not wait for ever.
/// </summary>
static class MaskedOutput
{
    static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(200);

    public static async IAsyncEnumerable<RunChunk> Of(
        IAsyncEnumerable<RunChunk> output, KnownSecrets secrets, TimeProvider time)
    {
        var (plain, error) = (new SecretMask(secrets), new SecretMask(secrets));
        await using var chunks = output.GetAsyncEnumerator();
        var next = chunks.MoveNextAsync().AsTask();
        while (true)
        {
            if ((plain.IsHolding || error.IsHolding) && !await IsSoon(next, time))
                foreach (var late in Rest(plain, error))
                    yield return late;
            if (!await next)
                break;
            var (isError, bytes) = (chunks.Current.IsError, chunks.Current.Bytes);
            if ((isError ? error : plain).Pass(bytes) is { IsEmpty: false } shown)
                yield return new RunChunk(isError, shown);
            next = chunks.MoveNextAsync().AsTask();
        }
        foreach (var last in Rest(plain, error))
            yield return last;
    }

    static async Task<bool> IsSoon(Task next, TimeProvider time)
    {
        using var stop = new CancellationTokenSource();
        var isSoon = await Task.WhenAny(next, Task.Delay(_moment, time, stop.Token)) == next;
        await stop.CancelAsync();
        return isSoon;
    }

    static IEnumerable<RunChunk> Rest(SecretMask plain, SecretMask error)
    {
        if (plain.IsHolding)
            yield return new RunChunk(IsError: false, plain.Release());
        if (error.IsHolding)
            yield return new RunChunk(IsError: true, error.Release());
    }
}
