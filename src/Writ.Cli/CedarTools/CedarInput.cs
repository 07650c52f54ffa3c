using Writ.Cedar;
using Writ.Cli.Arguments;
using Writ.Cli.Calling;
using Writ.Client.Connecting;

namespace Writ.Cli.CedarTools;

/// <summary>One text that a Cedar command works on, with the name that its errors are shown under.</summary>
sealed record CedarInput(string Name, string Text)
{
    const string StandardInput = "-";

    /// <summary>JSON is told from Cedar by its first character, which no policy and no schema has.</summary>
    public bool IsJson => Text.AsSpan().TrimStart() is ['{' or '[', ..];

    /// <summary>Reads a file, or standard input where there is none or it is called <c>-</c>.</summary>
    public static CedarInput Read(string? path)
    {
        var (name, bytes) = path is null or StandardInput ? ("stdin", FromStandardInput()) : (path, FromFile(path));
        return new CedarInput(name, Utf8Text.Of(bytes, name).TrimStart('\ufeff'));
    }

    public static EntityUid Uid(Typed typed, string option)
    {
        var read = EntityUid.Parse(typed.Required(option));
        return read.TryGetValue(out var uid)
            ? uid
            : throw typed.Misused($"{option} is an entity such as User::\"alice\" ({read.Errors[0].Message})");
    }

    /// <summary>All files given by <c>--policies</c> as one set; standard input when none is.</summary>
    public static PolicySet Policies(Typed typed)
    {
        string?[] paths = typed.Values("--policies") is { Length: > 0 } given ? [.. given] : [typed.Operand];
        return Policies(typed, [.. paths.Select(Read)]);
    }

    /// <summary>These inputs as one set, read as the options say.</summary>
    public static PolicySet Policies(Typed typed, IReadOnlyList<CedarInput> inputs)
    {
        var ids = typed.Has("--id-annotation") ? PolicyIdSource.IdAnnotation : PolicyIdSource.Position;
        var experiments = typed.Has("--variadic") ? CedarExperiments.VariadicIsInRange : CedarExperiments.None;
        var sets = inputs.Select(input => Accepted(input.IsJson
            ? PolicySet.ParseJson(input.Text, input.Name, experiments)
            : PolicySet.Parse(input.Text, ids, input.Name, experiments))).ToList();
        return sets.Count == 1 ? sets[0] : Accepted(PolicySet.Combine(sets));
    }

    /// <summary>The value, or every error with its line.</summary>
    public static T Accepted<T>(ParseResult<T> read)
        where T : class => read.TryGetValue(out var value) ? value : throw new CedarFaultException(read.Errors);

    static byte[] FromFile(string path)
    {
        if (!File.Exists(path))
            throw CliFaultException.Error("cli.files", $"{path} is not a file that is there");
        if (new FileInfo(path).Length > CedarLimits.JsonBytesMax)
            throw TooLarge(path);
        return File.ReadAllBytes(path);
    }

    static byte[] FromStandardInput()
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (var count = StandardStreams.Input.Read(buffer); count > 0; count = StandardStreams.Input.Read(buffer))
        {
            bytes.Write(buffer, 0, count);
            if (bytes.Length > CedarLimits.JsonBytesMax)
                throw TooLarge("stdin");
        }
        return bytes.ToArray();
    }

    static CliFaultException TooLarge(string name) => CliFaultException.Error(
        "cli.too-large", $"{name} is larger than {CedarLimits.JsonBytesMax} bytes");
}

/// <summary>An input that is not Cedar, with everything that is wrong about it.</summary>
sealed class CedarFaultException(IReadOnlyList<ParseError> errors) : Exception(errors[0].Message)
{
    public IReadOnlyList<ParseError> Errors { get; } = errors;
}
