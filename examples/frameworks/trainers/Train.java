import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** A plain JDK: a program, which is given the trial as arguments and prints JSON, as one on DL4J would. */
public class Train {
  static final int IN = 64, HIDDEN = 64, OUT = 10, BATCH = 64;
  static final double EPSILON = 1e-5;

  record Example(double[] pixels, int label) {
    static Example of(String line) {
      String[] words = line.split(",");
      double[] pixels = new double[IN];
      for (int i = 0; i < IN; i++) pixels[i] = Double.parseDouble(words[i + 1]);
      return new Example(pixels, Integer.parseInt(words[0]));
    }
  }

  /** Values that are learned, with their gradient and velocity. */
  static class Values {
    final double[] now, gradient, velocity;

    Values(int size) {
      now = new double[size];
      gradient = new double[size];
      velocity = new double[size];
    }

    void step(double rate, double momentum) {
      for (int i = 0; i < now.length; i++) {
        velocity[i] = momentum * velocity[i] - rate * gradient[i];
        now[i] += velocity[i];
        gradient[i] = 0;
      }
    }
  }

  final Values hidden = new Values(IN * HIDDEN), scale = new Values(HIDDEN), shift = new Values(HIDDEN);
  final Values out = new Values(HIDDEN * OUT), bias = new Values(OUT);
  final double[] mean = new double[HIDDEN], variance = new double[HIDDEN];

  Train(Random random) {
    for (int i = 0; i < IN * HIDDEN; i++) hidden.now[i] = random.nextGaussian() * Math.sqrt(2.0 / IN);
    for (int i = 0; i < HIDDEN * OUT; i++) out.now[i] = random.nextGaussian() * Math.sqrt(1.0 / HIDDEN);
    for (int h = 0; h < HIDDEN; h++) scale.now[h] = variance[h] = 1;
  }

  double sum(double[] pixels, int h) {
    double sum = 0;
    for (int i = 0; i < IN; i++) sum += pixels[i] * hidden.now[h * IN + i];
    return sum;
  }

  double relu(double normed, int h) {
    return Math.max(0, normed * scale.now[h] + shift.now[h]);
  }

  double[] logits(double[] active) {
    double[] logits = bias.now.clone();
    for (int h = 0; h < HIDDEN; h++) for (int o = 0; o < OUT; o++) logits[o] += active[h] * out.now[h * OUT + o];
    return logits;
  }

  /** Trains on a mini-batch, and returns its loss. */
  double step(List<Example> batch, double rate, double momentum) {
    int n = batch.size();
    double[][] normed = new double[n][HIDDEN], active = new double[n][HIDDEN], back = new double[n][HIDDEN];
    double[] deviation = new double[HIDDEN];
    for (int h = 0; h < HIDDEN; h++) {
      double m = 0, v = 0;
      for (int b = 0; b < n; b++) m += (normed[b][h] = sum(batch.get(b).pixels, h)) / n;
      for (int b = 0; b < n; b++) v += (normed[b][h] - m) * (normed[b][h] - m) / n;
      deviation[h] = Math.sqrt(v + EPSILON);
      for (int b = 0; b < n; b++) active[b][h] = relu(normed[b][h] = (normed[b][h] - m) / deviation[h], h);
      mean[h] = 0.9 * mean[h] + 0.1 * m;
      variance[h] = 0.9 * variance[h] + 0.1 * v;
    }
    double loss = 0;
    for (int b = 0; b < n; b++) {
      double[] share = logits(active[b]);
      double highest = max(share), total = 0;
      for (int o = 0; o < OUT; o++) total += share[o] = Math.exp(share[o] - highest);
      loss -= Math.log(share[batch.get(b).label] / total) / n;
      for (int o = 0; o < OUT; o++) {
        double d = (share[o] / total - (o == batch.get(b).label ? 1 : 0)) / n;
        bias.gradient[o] += d;
        for (int h = 0; h < HIDDEN; h++) {
          out.gradient[h * OUT + o] += d * active[b][h];
          if (active[b][h] > 0) back[b][h] += d * out.now[h * OUT + o];
        }
      }
    }
    for (int h = 0; h < HIDDEN; h++) {
      for (int b = 0; b < n; b++) {
        shift.gradient[h] += back[b][h];
        scale.gradient[h] += back[b][h] * normed[b][h];
      }
      for (int b = 0; b < n; b++) {
        double d = n * back[b][h] - shift.gradient[h] - normed[b][h] * scale.gradient[h];
        d *= scale.now[h] / deviation[h] / n;
        for (int i = 0; i < IN; i++) hidden.gradient[h * IN + i] += d * batch.get(b).pixels[i];
      }
    }
    for (Values values : List.of(hidden, scale, shift, out, bias)) values.step(rate, momentum);
    return loss;
  }

  boolean knows(Example example) {
    double[] active = new double[HIDDEN];
    for (int h = 0; h < HIDDEN; h++) {
      active[h] = relu((sum(example.pixels, h) - mean[h]) / Math.sqrt(variance[h] + EPSILON), h);
    }
    double[] logits = logits(active);
    return logits[example.label] == max(logits);
  }

  static double max(double[] values) {
    double max = Double.NEGATIVE_INFINITY;
    for (double value : values) max = Math.max(max, value);
    return max;
  }

  static List<Example> load(String name) throws IOException {
    return Files.lines(Path.of(System.getenv("DIGITS"), name)).map(Example::of).toList();
  }

  public static void main(String[] args) throws IOException {
    double rate = Double.parseDouble(args[0]), momentum = Double.parseDouble(args[1]), loss = 0;
    int epochs = Integer.parseInt(args[2]);
    Random random = new Random(Long.parseLong(args[3]));
    List<Example> train = new ArrayList<>(load("train.csv")), dev = load("dev.csv");
    Train net = new Train(random);
    for (int epoch = 0; epoch < epochs; epoch++) {
      Collections.shuffle(train, random);
      for (int b = 0; b + BATCH <= train.size(); b += BATCH) loss = net.step(train.subList(b, b + BATCH), rate, momentum);
      double accuracy = dev.stream().filter(net::knows).count() / (double) dev.size();
      System.out.printf(Locale.ROOT, "{\"epoch\": %d, \"accuracy\": %.6f, \"loss\": %.6f}%n", epoch, accuracy, loss);
    }
  }
}
