using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using Writ.Cli.Screens;
using Writ.Cli.Settings;

namespace Writ.Cli.Commands;

/// <summary>
/// Questions in, answers out, a line of JSON each and in the same order. What is answered is put out before more input
/// is waited for, so that whoever writes a line reads its answer. A line that is no question is answered as blocked,
/// with an error, and the stream goes on.
/// </summary>
sealed class ExplainStream(ExplainAsking asking)
{
    /// <summary>Bytes of one line of the input.</summary>
    public const int QuestionBytesMax = 1024 * 1024;

    const int ReadBytes = 64 * 1024;
    const int WriteBytes = 256 * 1024;

    readonly ArrayBufferWriter<byte> _answers = new(ReadBytes);
    int _number;
    bool _isFaulty;

    /// <summary>The exit status: 0 when every line was a question, 1 otherwise.</summary>
    public int Run()
    {
        var held = new ArrayBufferWriter<byte>(ReadBytes);
        var isSkipping = false;
        var buffer = new byte[ReadBytes];
        for (int count; (count = Screen.Input.Read(buffer)) > 0; Flush())
        {
            var rest = buffer.AsSpan(0, count);
            for (int end; (end = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(end + 1)..])
            {
                if (!isSkipping)
                    Take(held, rest[..end]);
                isSkipping = false;
                held.ResetWrittenCount();
            }
            if (isSkipping || rest.IsEmpty)
                continue;
            if (held.WrittenCount + rest.Length <= QuestionBytesMax)
            {
                held.Write(rest);
                continue;
            }
            _number++;
            Refuse(null, $"it has over {QuestionBytesMax} bytes");
            isSkipping = true;
        }
        if (!isSkipping)
            Take(held, []);
        Flush();
        return _isFaulty ? Exits.Error : Exits.Ok;
    }

    void Take(ArrayBufferWriter<byte> held, ReadOnlySpan<byte> rest)
    {
        if (held.WrittenCount > 0 || rest.Length > QuestionBytesMax)
            held.Write(rest);
        var line = held.WrittenCount > 0 ? held.WrittenSpan : rest;
        _number++;
        if (line.Trim(" \t\r"u8).IsEmpty)
            return;
        if (line.Length > QuestionBytesMax)
            Refuse(null, $"it has over {QuestionBytesMax} bytes");
        else
            Answer(line.ToArray());
        if (_answers.WrittenCount > WriteBytes)
            Flush();
    }

    void Answer(byte[] line)
    {
        var (question, why) = ExplainQuestion.Read(line);
        if (why is not null)
            Refuse(question.Id, why);
        else
            Put(ExplainedLine.Of(question.Id, asking.Ask(question.Command, question.Cwd)));
    }

    void Refuse(JsonElement? id, string why)
    {
        _isFaulty = true;
        Put(ExplainedLine.Not(id, new ExplainFault("explain.bad-line", _number, why)));
    }

    void Put(ExplainedLine answer)
    {
        using (var json = new Utf8JsonWriter(_answers))
            JsonSerializer.Serialize(json, answer, CliJson.Default.ExplainedLine);
        _answers.Write("\n"u8);
    }

    void Flush()
    {
        Screen.PrintRaw(_answers.WrittenSpan);
        _answers.ResetWrittenCount();
    }
}
