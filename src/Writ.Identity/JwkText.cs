using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Writ.Identity;

/// <summary>JSON as it is sent: without spaces, and with as few escapes as JSON needs.</summary>
static class JwkText
{
    public static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(
            buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            write(json);
        return buffer.WrittenSpan.ToArray();
    }
}
