using System.Text;

namespace Writ.Cli.Calling;

/// <summary>Bytes that somebody says are text.</summary>
static class Utf8Text
{
    /// <summary>The text; what is none is refused with the place of its first wrong byte.</summary>
    /// <param name="name">What the bytes are called in the message.</param>
    public static string Of(byte[] bytes, string name)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException fault)
        {
            var before = bytes.AsSpan(0, Math.Clamp(fault.Index, 0, bytes.Length - 1));
            throw CliFaultException.Error(
                "cli.not-text",
                $"{name} is not UTF-8 text: byte 0x{bytes[before.Length]:x2} in line {before.Count((byte)'\n') + 1}, "
                + $"column {before.Length - before.LastIndexOf((byte)'\n')}; save it as UTF-8");
        }
    }
}
