using System.Text;
using System.Text.Json;
using Writ.Linux;

namespace Writ.Server.Running;

/// <summary>A run at the moment when all of it stood still, before it was ended.</summary>
/// <param name="Took">From the order until then.</param>
/// <param name="Processes">How many there were.</param>
/// <param name="Document">What they were: a line of JSON for each, the first of them in full.</param>
public sealed record StandStill(TimeSpan Took, int Processes, byte[] Document)
{
    const int ShownMax = 256;
    const int ArgumentBytesMax = 4096;
    const int FilesMax = 32;

    /// <summary>Looks at processes that do not move.</summary>
    internal static StandStill Of(TimeSpan took, IReadOnlyList<int> pids)
    {
        using var lines = new MemoryStream();
        foreach (var pid in pids.Take(ShownMax))
        {
            using (var json = new Utf8JsonWriter(lines))
                Write(json, pid);
            lines.WriteByte((byte)'\n');
        }
        return new StandStill(took, pids.Count, lines.ToArray());
    }

    static void Write(Utf8JsonWriter json, int pid)
    {
        json.WriteStartObject();
        json.WriteNumber("pid"u8, pid);
        if (ProcessSight.TryPlace(pid) is { } place)
            json.WriteNumber("parent"u8, place.Parent);
        WriteText(json, "executable"u8, ProcessSight.TryLink(pid, "exe"));
        WriteText(json, "cwd"u8, ProcessSight.TryLink(pid, "cwd"));
        json.WriteStartArray("argv"u8);
        var line = ProcessSight.TryRead(pid, "cmdline", ArgumentBytesMax) ?? [];
        foreach (var argument in Encoding.UTF8.GetString(line).Split('\0', StringSplitOptions.RemoveEmptyEntries))
            json.WriteStringValue(argument);
        json.WriteEndArray();
        json.WriteStartArray("open"u8);
        for (var number = 0; number < FilesMax; number++)
            if (ProcessSight.TryLink(pid, string.Create(
                System.Globalization.CultureInfo.InvariantCulture, $"fd/{number}")) is { } file)
                json.WriteStringValue(file);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? text)
    {
        if (text is not null)
            json.WriteString(name, text);
    }
}
