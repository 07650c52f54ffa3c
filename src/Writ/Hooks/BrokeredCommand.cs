using Writ.Shell;

namespace Writ.Hooks;

/// <summary>The client as a rewritten command names it: its path, and the socket when one was configured.</summary>
public sealed record WritClient(string Path, string? Socket);

/// <summary>A command that already goes through <c>writ run</c>, recognised in the words of a plain line.</summary>
public abstract record BrokeredCommand
{
    private BrokeredCommand() { }

    /// <summary><c>writ run --request ID</c>: carries out a request that was made before.</summary>
    public sealed record Carry(RequestId Request, ImmutableArray<string> Options) : BrokeredCommand;

    /// <summary><c>writ run -- CMD</c>: the same as the command itself, which is what has to be judged.</summary>
    public sealed record Wrap(ImmutableArray<string> Argv) : BrokeredCommand;

    /// <summary>
    /// Null for everything else, also for options of <c>writ run</c> that change what would be asked.
    /// </summary>
    public static BrokeredCommand? Of(ImmutableArray<string> words)
    {
        if (words is not [var program, "run", .. var rest] || Paths.Name(program) != "writ")
            return null;
        var options = ImmutableArray.CreateBuilder<string>();
        RequestId? request = null;
        for (var i = 0; i < rest.Length; i++)
        {
            var word = rest[i];
            if (word == "--")
                return request is null && i + 1 < rest.Length ? new Wrap(rest[(i + 1)..]) : null;
            if (word == "--request" && request is null && i + 1 < rest.Length && IdRules.IsWellFormed(rest[i + 1]))
                request = new RequestId(rest[++i]);
            else if (word == "--socket" && i + 1 < rest.Length)
                // Which control plane is asked is not the command's to say; the rewritten line says it.
                i++;
            else if (word is "--wait" or "--json" || word.StartsWith("--wait=", StringComparison.Ordinal))
                options.Add(word);
            else
                return null;
        }
        return request is { } id ? new Carry(id, options.ToImmutable()) : null;
    }

    /// <summary>The line that carries a request out, for a shell to read.</summary>
    /// <param name="writ">The client, and what it needs to find the control plane.</param>
    public static string Line(WritClient writ, RequestId request, ImmutableArray<string> options)
    {
        ImmutableArray<string> socket = writ.Socket is { } path ? ["--socket", path] : [];
        return VisibleText.Command([writ.Path, "run", .. socket, "--request", request.Value, .. options]);
    }
}
