using System.Collections.Immutable;
using System.Text;
using Writ.Cedar;
using Writ.Cli.Arguments;
using Writ.Cli.Screens;
using Writ.Cli.Settings;

namespace Writ.Cli.CedarTools;

/// <summary>
/// The language alone, offline: nothing here knows a realm. The status is 0 for yes (allow, valid, formatted), 3 for
/// no, 1 when an input cannot be read or is not Cedar, so that a script never takes a broken file for a denial.
/// </summary>
static class CedarCommands
{
    /// <summary>
    /// A command that tells what is not Cedar in full, to a person with the lines and to a script as data, and ends
    /// with this status then.
    /// </summary>
    public static Func<Typed, int> Telling(Func<Typed, int> run, int exit) => typed =>
    {
        try
        {
            return run(typed);
        }
        catch (CedarFaultException fault)
        {
            if (typed.Json)
                Screen.PrintJson(
                    new CedarCheck(Valid: false, [.. fault.Errors.Select(CedarProblem.Of)], []),
                    CliJson.Default.CedarCheck);
            else
                foreach (var error in fault.Errors)
                    Screen.Say(DiagnosticText.Of(error));
            return exit;
        }
    };

    public static int Authorize(Typed typed)
    {
        var policies = CedarInput.Policies(typed);
        var schema = CedarSchemas.Read(typed);
        var request = CedarRequests.Read(typed, schema);
        var answer = Authorizer.Decide(policies, request, CedarRequests.Entities(typed, schema));
        var allowed = answer.Decision == Decision.Allow;
        if (typed.Json)
            Screen.PrintJson(
                new CedarDecision(
                    allowed ? "allow" : "deny", [.. answer.Reasons.Select(policy => policy.Id)],
                    [.. answer.Errors.Select(CedarProblem.Of)]),
                CliJson.Default.CedarDecision);
        else
            Screen.Show(Of(answer), asMessage: false);
        return allowed ? Exits.Ok : Exits.Blocked;
    }

    public static int Validate(Typed typed)
    {
        if (CedarSchemas.Read(typed) is not { } schema)
            throw typed.Misused("--schema is missing");
        var options = new ValidationOptions
        {
            Mode = typed.Value("--mode") switch
            {
                null or "strict" => ValidationMode.Strict,
                "permissive" => ValidationMode.Permissive,
                _ => throw typed.Misused("--mode is strict or permissive"),
            },
            LevelMax = typed.Number("--level"),
        };
        var result = Validator.Validate(CedarInput.Policies(typed), schema, options);
        if (typed.Json)
            Screen.PrintJson(
                new CedarCheck(
                    result.IsValid, [.. result.Errors.Select(CedarProblem.Of)],
                    [.. result.Warnings.Select(CedarProblem.Of)]),
                CliJson.Default.CedarCheck);
        else
            Screen.Show(Of(result), asMessage: false);
        return result.IsValid ? Exits.Ok : Exits.Blocked;
    }

    public static int Check(Typed typed)
    {
        var schema = CedarSchemas.Read(typed);
        var others = schema is not null || typed.Has("--entities") || typed.Has("--context");
        if (typed.Has("--policies") || typed.Operand is not null || !others)
            CedarInput.Policies(typed);
        if (typed.Value("--entities") is not null)
            CedarRequests.Entities(typed, schema);
        if (typed.Value("--context") is { } context)
            CedarInput.Accepted(CedarRecord.ParseJson(CedarInput.Read(context).Text, context));
        if (typed.Json)
            Screen.PrintJson(new CedarCheck(Valid: true, [], []), CliJson.Default.CedarCheck);
        else
            Screen.Say("Everything can be read.");
        return Exits.Ok;
    }

    public static int Format(Typed typed)
    {
        var input = CedarInput.Read(typed.Operand);
        var usual = new FormatOptions();
        var options = new FormatOptions(
            typed.Number("--width") ?? usual.Width, typed.Number("--indent") ?? usual.Indent);
        var formatted = CedarInput.Accepted(PolicyFormatter.Format(input.Text, options, input.Name));
        var isSame = formatted == input.Text;
        if (typed.Has("--check"))
        {
            if (!isSame)
                Screen.Say($"{input.Name} is not formatted; mend it with: writ cedar format --write {input.Name}");
            return isSame ? Exits.Ok : Exits.Blocked;
        }
        if (!typed.Has("--write"))
            Screen.PrintRaw(Encoding.UTF8.GetBytes(formatted));
        else if (typed.Operand is null or "-")
            throw typed.Misused("--write needs a FILE");
        else if (!isSame)
            Replace(typed.Operand, formatted);
        return Exits.Ok;
    }

    public static int Translate(Typed typed)
    {
        var input = CedarInput.Read(typed.Operand);
        var toJson = typed.Required("--to") switch
        {
            "json" => true,
            "cedar" => false,
            _ => throw typed.Misused("--to is json or cedar"),
        };
        if (typed.Has("--schema"))
        {
            var schema = CedarSchemas.Document(input);
            Screen.PrintRaw(Encoding.UTF8.GetBytes(
                CedarInput.Accepted(toJson ? schema.ToJson() : schema.ToText()).TrimEnd('\n') + "\n"));
            return Exits.Ok;
        }
        var policies = CedarInput.Policies(typed, [input]);
        Screen.PrintRaw(Encoding.UTF8.GetBytes(
            toJson ? policies.ToJson(indented: true) + "\n" : CedarInput.Accepted(policies.ToCedar())));
        return Exits.Ok;
    }

    public static int Link(Typed typed)
    {
        var slots = new SlotValues(
            typed.Value("--principal") is null ? null : CedarInput.Uid(typed, "--principal"),
            typed.Value("--resource") is null ? null : CedarInput.Uid(typed, "--resource"));
        var policies = CedarInput.Policies(typed);
        var linked = CedarInput.Accepted(policies.Link(typed.Required("--template"), typed.Required("--id"), slots));
        Screen.PrintRaw(Encoding.UTF8.GetBytes(linked.ToJson(indented: true) + "\n"));
        return Exits.Ok;
    }

    static Page Of(Answer answer)
    {
        var page = new Page();
        if (answer.Decision == Decision.Allow)
            page.Good("allow");
        else
            page.Bad("deny");
        foreach (var reason in answer.Reasons)
            page.Text($"  because of {reason.Id}{Place(reason.FileName, reason.Position)}");
        if (answer.Reasons.IsEmpty)
            page.Text("  because no policy permits it");
        foreach (var error in answer.Errors)
            page.Warning($"  {error.Policy.Id} could not be evaluated: {error.Error.Message}"
                + Place(error.Policy.FileName, error.Error.Position));
        return page;
    }

    static Page Of(ValidationResult result)
    {
        var page = new Page();
        foreach (var finding in result.Errors)
            Add(finding, page.Bad);
        foreach (var finding in result.Warnings)
            Add(finding, page.Warning);
        return result.IsValid
            ? page.Good("The policies fit the schema.")
            : page.Bad("The policies do not fit the schema.");

        void Add(ValidationFinding finding, Func<string, Page> heading)
        {
            var lines = DiagnosticText.Of(finding).Split('\n');
            heading(lines[0]);
            foreach (var line in lines.Skip(1))
                page.Text(line);
        }
    }

    static string Place(string? file, SourcePosition position) =>
        position.IsKnown ? $" ({(file is null ? "" : file + ":")}{position})" : "";

    // The file is either the old or the new one, also when the disk is full; a link stays a link.
    static void Replace(string path, string text)
    {
        path = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        var next = path + ".new";
        File.WriteAllText(next, text);
        File.SetUnixFileMode(next, File.GetUnixFileMode(path));
        File.Move(next, path, overwrite: true);
    }
}
