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
            var input = CedarInput.Read(file);
            return CedarInput.Accepted(schema is null
                ? Request.ParseJson(input.Text, input.Name)
                : Request.ParseJson(input.Text, schema, input.Name));
        }
        var action = CedarInput.Uid(typed, "--action");
        var request = new Request(
            CedarInput.Uid(typed, "--principal"), action, CedarInput.Uid(typed, "--resource"),
            Context(typed, schema, action));
        return schema?.FindFault(request) is { } fault ? throw new CedarFaultException([fault]) : request;
    }

    static CedarRecord Context(Typed typed, CedarSchema? schema, EntityUid action)
    {
        if (typed.Value("--context") is not { } path)
            return CedarRecord.Empty;
        var input = CedarInput.Read(path);
        return CedarInput.Accepted(schema is null
            ? CedarRecord.ParseJson(input.Text, input.Name)
            : CedarRecord.ParseJson(input.Text, schema, action, input.Name));
    }

    public static EntityStore Entities(Typed typed, CedarSchema? schema)
    {
        if (typed.Value("--entities") is not { } path)
            return EntityStore.Empty;
        var input = CedarInput.Read(path);
        return CedarInput.Accepted(schema is null
            ? EntityStore.ParseJson(input.Text, input.Name)
            : EntityStore.ParseJson(input.Text, schema, input.Name));
    }
}
