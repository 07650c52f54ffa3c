using System.Buffers;
using Writ.Server.Running;

namespace Writ.Server.Agents;

/// <summary>The beginning of what a run printed, both streams as they came, up to a bound.</summary>
sealed class KeptOutput(int bytesMax)
{
    readonly ArrayBufferWriter<byte> _kept = new();

    public long OutBytes { get; private set; }

    public long ErrorBytes { get; private set; }

    public ReadOnlySpan<byte> Bytes => _kept.WrittenSpan;

    public void Add(RunChunk chunk)
    {
        if (chunk.IsError)
            ErrorBytes += chunk.Bytes.Length;
        else
            OutBytes += chunk.Bytes.Length;
        var room = Math.Min(bytesMax - _kept.WrittenCount, chunk.Bytes.Length);
        _kept.Write(chunk.Bytes.Span[..room]);
    }
}
