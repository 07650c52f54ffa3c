using System.Text.Json.Nodes;

namespace Writ.Cedar.Tests.Differential;

/// <summary>
/// Changes a document in a few places: a member more, less or of another name, a value of another kind.
/// </summary>
sealed class JsonDamage(Random random, params string[] words)
{
    public JsonNode Of(JsonNode document)
    {
        var copy = document.DeepClone();
        for (var i = random.Next(1, 3); i > 0; i--)
            Once(copy);
        return copy;
    }

    void Once(JsonNode root)
    {
        var places = new List<JsonNode>();
        Collect(root, places);
        switch (places[random.Next(places.Count)])
        {
            case JsonObject { Count: > 0 } record:
                var (name, value) = record.ElementAt(random.Next(record.Count));
                switch (random.Next(4))
                {
                    case 0:
                        record.Remove(name);
                        break;
                    case 1:
                        record.Remove(name);
                        record[Word()] = value;
                        break;
                    case 2:
                        record[Word()] = Value(root);
                        break;
                    default:
                        record[name] = Value(root);
                        break;
                }
                break;
            case JsonArray { Count: > 0 } list when random.Next(2) == 0:
                list[random.Next(list.Count)] = Value(root);
                break;
            case JsonArray list:
                list.Add(Value(root));
                break;
            case JsonObject record:
                record[Word()] = Value(root);
                break;
        }
    }

    string Word() => words[random.Next(words.Length)];

    JsonNode? Value(JsonNode root)
    {
        var places = new List<JsonNode>();
        Collect(root, places);
        return random.Next(9) switch
        {
            0 => JsonValue.Create(1),
            1 => JsonValue.Create(""),
            2 => JsonValue.Create(Word()),
            3 => JsonValue.Create(true),
            4 => new JsonArray(),
            5 => new JsonObject(),
            6 => null,
            _ => places[random.Next(places.Count)].DeepClone(),
        };
    }

    static void Collect(JsonNode? node, List<JsonNode> places)
    {
        if (node is JsonArray list)
            foreach (var item in list)
                Collect(item, places);
        if (node is JsonObject record)
            foreach (var (_, value) in record)
                Collect(value, places);
        if (node is JsonArray or JsonObject)
            places.Add(node);
    }
}
