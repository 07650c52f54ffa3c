using System.Text;
using Writ.Cli.Arguments;
using Writ.Cli.Screens;

namespace Writ.Cli.Keys;

/// <summary>
/// The one-time code of an invitation. It may be an argument, which every user of the machine can read while the
/// command runs; so it can also be typed, or stand on the first line of standard input.
/// </summary>
static class InvitationCode
{
    const string Option = "--code";

    public static string Get(Typed typed) => typed.Value(Option) switch
    {
        null or "-" when Screen.IsInteractive => SecretPrompt.Ask("Code of the invitation: ", "code").Trim(),
        "-" => FromInput(),
        _ => typed.Required(Option).Trim(),
    };

    // What follows the line is for whoever reads next, and nobody has to end it.
    static string FromInput()
    {
        var bytes = new byte[SecretPrompt.BytesMax];
        var length = 0;
        while (length < bytes.Length && Screen.Input.Read(bytes.AsSpan(length, 1)) == 1 && bytes[length] != '\n')
            length++;
        var code = length < bytes.Length ? Encoding.UTF8.GetString(bytes, 0, length).Trim() : "";
        return code.Length > 0
            ? code
            : throw CliFaultException.Usage("standard input has no code on its first line");
    }
}
