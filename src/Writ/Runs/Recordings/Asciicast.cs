using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Writ.Runs.Recordings;

/// <summary>
/// Recordings as files that players of terminal sessions read: asciicast version 2, which is what is kept, and version
/// 3 (docs.asciinema.org/manual/asciicast). A header line, then one line for each moment.
/// </summary>
public static class Asciicast
{
    const int LinesMax = RecordingBuilder.PiecesMax + 16;

    /// <summary>The file; its lines end with a line feed.</summary>
    /// <param name="version">2 or 3.</param>
    public static byte[] Write(Recording recording, int version = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(version, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(version, 3);
        var bytes = new ArrayBufferWriter<byte>(4096);
        using var json = new Utf8JsonWriter(bytes);
        WriteHeader(json, recording, version);
        EndLine(json, bytes);
        var before = 0L;
        foreach (var piece in recording.Pieces)
        {
            json.WriteStartArray();
            // Version 3 counts from the line before.
            json.WriteNumberValue((version == 3 ? piece.AtMs - before : piece.AtMs) / 1000m);
            json.WriteStringValue(piece.Kind switch
            {
                RecordedKind.Output => "o"u8,
                RecordedKind.Resize => "r"u8,
                _ => "m"u8,
            });
            json.WriteStringValue(piece.Text);
            json.WriteEndArray();
            EndLine(json, bytes);
            before = piece.AtMs;
        }
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>A version 2 file as <see cref="Write"/> makes it; null when it is none.</summary>
    public static Recording? TryRead(ReadOnlySpan<byte> file)
    {
        try
        {
            var end = file.IndexOf((byte)'\n');
            if (end < 0 || ReadHeader(file[..end]) is not { } header)
                return null;
            var pieces = ImmutableArray.CreateBuilder<RecordedPiece>();
            for (var rest = file[(end + 1)..]; !rest.IsEmpty; rest = rest[(end + 1)..])
            {
                end = rest.IndexOf((byte)'\n');
                if (end < 0 || pieces.Count == LinesMax || ReadPiece(rest[..end]) is not { } piece)
                    return null;
                pieces.Add(piece);
            }
            return header with { Pieces = pieces.ToImmutable() };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException
            or KeyNotFoundException or ArgumentOutOfRangeException or OverflowException)
        {
            // No JSON, or JSON of another shape.
            return null;
        }
    }

    static void WriteHeader(Utf8JsonWriter json, Recording recording, int version)
    {
        json.WriteStartObject();
        json.WriteNumber("version"u8, version);
        if (version == 3)
        {
            json.WriteStartObject("term"u8);
            json.WriteNumber("cols"u8, recording.Columns);
            json.WriteNumber("rows"u8, recording.Rows);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNumber("width"u8, recording.Columns);
            json.WriteNumber("height"u8, recording.Rows);
        }
        json.WriteNumber("timestamp"u8, recording.At.ToUnixTimeSeconds());
        json.WriteString("title"u8, recording.Title);
        json.WriteEndObject();
    }

    static void EndLine(Utf8JsonWriter json, ArrayBufferWriter<byte> bytes)
    {
        json.Flush();
        bytes.Write("\n"u8);
        json.Reset(bytes);
    }

    static Recording? ReadHeader(ReadOnlySpan<byte> line)
    {
        using var header = JsonDocument.Parse(Encoding.UTF8.GetString(line));
        var root = header.RootElement;
        return root.GetProperty("version").GetInt32() == 2
            ? new Recording(
                root.GetProperty("width").GetInt32(), root.GetProperty("height").GetInt32(),
                DateTimeOffset.FromUnixTimeSeconds(root.GetProperty("timestamp").GetInt64()),
                root.GetProperty("title").GetString() ?? "", [])
            : null;
    }

    static RecordedPiece? ReadPiece(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray || !reader.Read())
            return null;
        var atMs = decimal.ToInt64(reader.GetDecimal() * 1000);
        RecordedKind? kind = reader.Read() ? reader.GetString() switch
        {
            "o" => RecordedKind.Output,
            "r" => RecordedKind.Resize,
            "m" => RecordedKind.Mark,
            _ => null,
        } : null;
        var text = reader.Read() ? reader.GetString() : null;
        return kind is { } known && text is not null && reader.Read() && reader.TokenType == JsonTokenType.EndArray
            ? new RecordedPiece(atMs, known, text)
            : null;
    }
}
