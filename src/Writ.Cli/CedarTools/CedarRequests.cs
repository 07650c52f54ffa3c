using System.Text.Json;
using Writ.Cedar;
using Writ.Cli.Arguments;

namespace Writ.Cli.CedarTools;

/// <summary>Requests and entities from options and files.</summary>
static class CedarRequests
{
    static readonly string[] _parts = ["--principal", "--action", "--resource", "--context"];

    /// <summary>The request of <c>--request FILE</c>, or the one that the single options make.</summary>
    public static Request Read(Typed typed, CedarSchema? schema)
    {
        if (typed.Value("--request") is { } file)
        {
            if (_parts.FirstOrDefault(typed.Has) is { } other)
                throw typed.Misused($"--request already says what {other} would");
            return CedarInput.Accepted(Request.ParseJson(CedarInput.Read(file).Text, file));
        }
        var context = typed.Value("--context") is { } path
            ? CedarInput.Accepted(CedarRecord.ParseJson(CedarInput.Read(path).Text, path))
            : CedarRecord.Empty;
        return new Request(
            CedarInput.Uid(typed, "--principal"), CedarInput.Uid(typed, "--action"),
            CedarInput.Uid(typed, "--resource"), context);
    }

    public static EntityStore Entities(Typed typed, CedarSchema? schema)
    {
        if (typed.Value("--entities") is not { } path)
            return EntityStore.Empty;
        var input = CedarInput.Read(path);
        return CedarInput.Accepted(EntityStore.ParseJson(input.Text, input.Name));
    }
}
