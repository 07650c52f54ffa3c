using System.Text.Json;

namespace Writ.Shell.Knowledge;

/// <summary>A file of knowledge that cannot be used: a mistake in the data, found when they are read.</summary>
public sealed class KnowledgeException : Exception
{
    public KnowledgeException(string file, string where, string what) : base($"{file}: {where}: {what}")
    {
        File = file;
        Where = where;
        What = what;
    }

    public KnowledgeException(string file, JsonException broken) : this(file, "", "this is not JSON of the format")
    {
        // The parser's own message may quote the text; its place does not.
        Place = ((int)(broken.LineNumber ?? 0) + 1, (int)(broken.BytePositionInLine ?? 0) + 1);
    }

    public string File { get; }

    /// <summary>The program, with its sub-command; empty for the file as a whole.</summary>
    string Where { get; }

    string What { get; }

    (int Line, int Column)? Place { get; }

    /// <summary>The fault with its place in the file: where the program that it is about begins.</summary>
    public KnowledgeFault At(ReadOnlySpan<byte> json)
    {
        var (line, column) = Place ?? PlaceOf(json, Where.Split(' ')[0]);
        return new KnowledgeFault(File, line, column, Where.Length == 0 ? What : $"{Where}: {What}");
    }

    static (int Line, int Column) PlaceOf(ReadOnlySpan<byte> json, string program)
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            while (reader.Read())
                if (reader is { TokenType: JsonTokenType.PropertyName, CurrentDepth: 2 }
                    && reader.GetString()!.Split(',').Any(n => n.Trim() == program))
                {
                    var before = json[..(int)reader.TokenStartIndex];
                    return (before.Count((byte)'\n') + 1, before.Length - before.LastIndexOf((byte)'\n'));
                }
        }
        catch (JsonException)
        {
            // What cannot be read so far has no better place than its beginning.
        }
        return (1, 1);
    }
}
