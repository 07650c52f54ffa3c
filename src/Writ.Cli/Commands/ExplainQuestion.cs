using System.Text.Json;

namespace Writ.Cli.Commands;

/// <summary>One line to explain: <c>{"id","command","cwd"?}</c>. Other fields are passed over.</summary>
/// <param name="Id">Any value; it is given back as it came.</param>
readonly record struct ExplainQuestion(JsonElement? Id, string Command, string? Cwd)
{
    const int DepthMax = 64;

    /// <summary>The question, or why it is none; its id as far as that could be read.</summary>
    public static (ExplainQuestion Question, string? Why) Read(ReadOnlyMemory<byte> line)
    {
        JsonElement? id = null;
        try
        {
            using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = DepthMax });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return (default, "it is not a JSON object");
            string? command = null, cwd = null;
            foreach (var field in document.RootElement.EnumerateObject())
            {
                if (field.NameEquals("id"))
                {
                    id = id is null ? field.Value.Clone() : throw new JsonException("Twice.");
                    continue;
                }
                if (!field.NameEquals("command") && (!field.NameEquals("cwd")
                    || field.Value.ValueKind == JsonValueKind.Null))
                    continue;
                if (field.Value.ValueKind != JsonValueKind.String)
                    return (new(id, "", null), $"its {field.Name} is not a text");
                // Of a field that is there twice, two readers could take two different ones.
                ref var text = ref field.NameEquals("cwd") ? ref cwd : ref command;
                text = text is null ? field.Value.GetString() : throw new JsonException("Twice.");
            }
            return command is null ? (new(id, "", null), "it has no command")
                : cwd?.StartsWith('/') == false ? (new(id, "", null), "its cwd is not an absolute path")
                : (new(id, command, cwd), null);
        }
        catch (JsonException e) when (e.Message == "Twice.")
        {
            return (new(id, "", null), "it has a field twice");
        }
        catch (JsonException e)
        {
            // The parser's own message may quote the input; its place does not.
            return (new(id, "", null), $"it is not JSON at byte {e.BytePositionInLine + 1}");
        }
        catch (InvalidOperationException)
        {
            return (new(id, "", null), "it has a text that is not Unicode");
        }
    }
}
