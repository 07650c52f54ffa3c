using Writ.Server.Running;

namespace Writ.Server.Agents;

/// <summary>The beginning of what a run printed, both streams as they came, up to a bound.</summary>
sealed class KeptOutput(int bytesMax)
{
    readonly MemoryStream _kept = new();

    public long OutBytes { get; private set; }

    public long ErrorBytes { get; private set; }

    public ReadOnlySpan<byte> Bytes => _kept.GetBuffer().AsSpan(0, (int)_kept.Length);

    public void Add(RunChunk chunk)
    {
        if (chunk.IsError)
            ErrorBytes += chunk.Bytes.Length;
        else
            OutBytes += chunk.Bytes.Length;
        var room = (int)Math.Min(bytesMax - _kept.Length, chunk.Bytes.Length);
        _kept.Write(chunk.Bytes.Span[..room]);
    }
}
